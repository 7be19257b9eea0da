import { aNixBuild } from '../../e2e/support/manifests.ts';
import { type Attack, mustHold } from '../attack.ts';
import { imageFlake } from '../attack-flake.ts';
import type { Session } from '../session.ts';

const secretive = 'store-of-another-flake-secretive';
const curious = 'store-of-another-flake-curious';
const mark = 'built-with-a-secret';

export const attack: Attack = {
  name: 'store-of-another-flake',
  kind: 'reads what is not theirs',
  rights: 'the author of a flake that is built in the same namespace as one which is fetched with a Secret',
  steps: "looks in its builder, which has no sandbox, for what the other flake's build made",
  holds: 'what is fetched with a Secret is built in a store of its own, which no builder of another flake sees',
  quick: true,
  repositories: {
    [secretive]: { '1.0.0': imageFlake('mkdir $out; echo secret > $out/secret', mark) },
    [curious]: {
      '1.0.0': imageFlake(
        `mkdir $out; $busybox find / -path /proc -prune -o -name '*${mark}*' -print 2>/dev/null > $out/seen
[ ! -s $out/seen ] || { $busybox cat $out/seen; exit 3; }`,
        'curious',
      ),
    },
  },
  async run(session) {
    await session.attacker.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'creds' },
      stringData: { a: 'b' },
    });
    // On every node there are builds of both.
    for (const index of session.nodes.keys()) {
      const annotations = { 'enbi.hrzn.ee/nixbuild-secretName': 'creds' };
      await build(session, { name: `secretive-${index}`, flake: secretive, annotations });
      const { status } = await build(session, { name: `curious-${index}`, flake: curious, annotations: {} });
      mustHold(status.status === 'Succeeded', `it saw: ${status.failure?.logTail ?? JSON.stringify(status.failure)}`);
    }
  },
};

interface Wishes {
  readonly name: string;
  readonly flake: string;
  readonly annotations: object;
}

async function build(session: Session, { name, flake, annotations }: Wishes) {
  const made = aNixBuild({ name, flakeUrl: session.flake(flake), imageTag: session.image(name) });
  await session.attacker.create({ ...made, metadata: { name, annotations } });
  const isSo = ({ status }: { status: { status?: string | undefined } }) =>
    status.status === 'Succeeded' || status.status === 'Failed';
  return await session.attackersBuild({ name, isSo, what: `${name} ends` });
}
