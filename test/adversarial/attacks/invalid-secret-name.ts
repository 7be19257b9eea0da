import { aNixBuild } from '../../e2e/support/manifests.ts';
import { type Attack, mustHold } from '../attack.ts';

const names = ['', 'Not A Name', '../../other/secret', 'a'.repeat(254), '-', 'ends.'];

export const attack: Attack = {
  name: 'invalid-secret-name',
  kind: "stops others' builds",
  rights: 'a tenant',
  steps: 'makes NixBuilds whose Secret is named by what is no name, the empty one among them',
  holds: 'each is told which field is wrong, and none is tried again and again',
  quick: true,
  async run(session) {
    const { attacker } = session;
    for (const [index, secretName] of names.entries()) {
      const name = `invalid-${index}`;
      const build = aNixBuild({ name, flakeUrl: session.flake('hello'), imageTag: session.image(name) });
      const annotations = { 'enbi.hrzn.ee/nixbuild-secretName': secretName };
      await attacker.create({ ...build, metadata: { name, annotations } });
    }
    for (const index of names.keys()) {
      const isSo = ({ status }: { status: { status?: string | undefined } }) => status.status === 'Failed';
      const { status } = await session.attackersBuild({
        name: `invalid-${index}`,
        isSo,
        what: `invalid-${index} fails`,
      });
      const message = status.failure?.message ?? '';
      mustHold(/secretName/.test(message), `the failure of "${names[index]?.slice(0, 20)}" names no field: ${message}`);
      mustHold(message.length <= 1024, `a message of ${message.length} characters`);
    }
    await session.victimBuilds();
  },
};
