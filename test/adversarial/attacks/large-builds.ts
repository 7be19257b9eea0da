import { aNixBuild } from '../../e2e/support/manifests.ts';
import { type Attack, mustHold } from '../attack.ts';

const count = 360;
const bytes = 261_000;
const rssMiB = 160;

export const attack: Attack = {
  name: 'large-builds',
  kind: 'stops the controller',
  rights: 'a tenant',
  steps: `makes ${count} NixBuilds with an annotation of 261 kB each, and the controller is started anew`,
  holds: 'the controller keeps nothing of them and stays as small as it was',
  quick: false,
  alone: true,
  async run(session) {
    const { admin } = session;
    const annotations = { 'enbi.hrzn.ee/nixbuild-note': 'x'.repeat(bytes), 'attack.example/note': 'short' };
    for (let index = 0; index < count; index++) {
      const name = `large-${index}`;
      const build = aNixBuild({
        name,
        flakeUrl: session.flake('hello'),
        imageTag: session.image(name),
        system: 'none',
      });
      await session.anyway(() => session.attacker.create({ ...build, metadata: { name, annotations } }));
    }
    await session.victimBuilds();
    const pods = ['--namespace=enbi', 'pods', '--selector=app.kubernetes.io/name=enbi'];
    await admin.kubectl(['delete', ...pods]);
    await admin.kubectl(['--namespace=enbi', 'rollout', 'status', 'deployment/enbi-controller', '--timeout=180s']);
    await session.victimBuilds();
    const largest = Math.max(...(await admin.metric('process_resident_memory_bytes'))) / 2 ** 20;
    mustHold(largest <= rssMiB, `the controller has ${Math.round(largest)} MiB`);
  },
};
