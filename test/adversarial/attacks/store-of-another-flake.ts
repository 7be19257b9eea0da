import { podAnnotation } from '../../../src/api/labels.ts';
import { aPod } from '../../e2e/support/manifests.ts';
import type { NixBuild } from '../../support/objects.ts';
import { type Attack, mustHold } from '../attack.ts';
import { imageFlake } from '../attack-flake.ts';
import type { Session } from '../session.ts';

const open = 'store-of-another-flake-open';
const secret = 'store-of-another-flake-secret';
const own = 'of-the-secret-flake';
const left = 'left-by-the-open-flake';

/** Leaves a file in all of the store that it reaches, in the place of what the other flake made as well, and fails if it saw any of that. */
const plant = `mkdir $out
for at in $($busybox find /nix -type d 2>/dev/null); do
  $busybox chmod u+w $at && : > $at/${left}
done 2>/dev/null
$busybox find /nix -name '*${own}*' > $out/seen 2>/dev/null
for file in $($busybox find /nix -type f -path '*${own}*' 2>/dev/null); do
  $busybox chmod u+w $file && echo changed > $file
done 2>/dev/null
[ ! -s $out/seen ] || { $busybox cat $out/seen; exit 3; }
`;

/** Fails if anything in its store is not of its own flake. */
const look = `mkdir $out
$busybox find /nix -name '*${left}*' > $out/seen 2>/dev/null
[ ! -s $out/seen ] || { $busybox head -n 20 $out/seen; exit 3; }
`;

export const attack: Attack = {
  name: 'store-of-another-flake',
  kind: 'runs as somebody else',
  rights: 'the author of a flake, one of several whose flakes are built in a namespace, without Nix’ sandbox',
  steps:
    'has their builder read what is in its store, leave files in it and change what others built there, between two builds of another flake on that node, which is fetched with a Secret',
  holds: 'neither flake sees anything of the other’s, and both are built',
  quick: true,
  repositories: {
    [open]: { '1.0.0': imageFlake(plant, 'plants') },
    [secret]: {
      '1.0.0': imageFlake('mkdir $out; echo own > $out/own', own),
      '1.1.0': imageFlake(look, 'looks'),
    },
  },
  async run(session) {
    const [node = ''] = session.nodes;
    await session.attacker.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'creds' },
      stringData: { known_hosts: 'b' },
    });
    const made = await built(session, { repository: secret, tag: '1.0.0', node });
    mustHold(made.status.status === 'Succeeded', `the other flake is not built: ${reasonOf(made)}`);
    const planted = await built(session, { repository: open, tag: '1.0.0', node });
    const next = await built(session, { repository: secret, tag: '1.1.0', node });
    const nodes = [made, planted, next].map(({ status }) => status.buildNode);
    if (new Set(nodes).size > 1) throw new Error(`the builds were on ${nodes.join(', ')}, which share nothing`);
    mustHold(next.status.status === 'Succeeded', `it saw what another flake left: ${reasonOf(next)}`);
    mustHold(planted.status.status === 'Succeeded', `it saw what was built with a Secret: ${reasonOf(planted)}`);
  },
};

interface Wanted {
  readonly repository: string;
  readonly tag: string;
  readonly node: string;
}

/** A build for a Pod that waits on the node, when it has come to an end. */
async function built(session: Session, { repository, tag, node }: Wanted): Promise<NixBuild> {
  const image = session.image(repository, tag);
  const annotations = repository === secret ? { [podAnnotation.secretName]: 'creds' } : {};
  const name = `${repository}-${tag.replaceAll('.', '-')}`;
  const pod = { nodeSelector: { 'kubernetes.io/hostname': node } };
  await session.attacker.create(aPod({ name, image, flakeUrl: session.flake(repository, tag), annotations, pod }));
  return await session.waitFor(`${image} is built`, async () => {
    const builds = await session.admin.lists.builds(session.attacker.namespace);
    const found = builds.find(({ spec }) => spec.imageTag === image);
    return ['Succeeded', 'Failed'].includes(found?.status.status ?? '') ? found : undefined;
  });
}

function reasonOf({ status }: NixBuild): string {
  return status.failure?.logTail ?? JSON.stringify(status.failure ?? status.conditions);
}
