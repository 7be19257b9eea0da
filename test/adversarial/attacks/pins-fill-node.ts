import { ceilings } from '../../../src/api/ceilings.ts';
import { podAnnotation } from '../../../src/api/labels.ts';
import { aPod, confined } from '../../e2e/support/manifests.ts';
import { type Attack, mustHold } from '../attack.ts';

const containers = 12;

const bound = ceilings.pins.value;

export const attack: Attack = {
  name: 'pins-fill-node',
  kind: "stops others' builds",
  rights: 'a tenant',
  steps:
    'makes one Pod of many containers, each with an image of its own to be built and a ConfigMap that is not there: each image stays pinned for it by a Pod of enbi’s',
  holds: "one namespace's images keep no more than a few Pods of enbi's on a node",
  quick: false,
  async run(session) {
    const { attacker, admin } = session;
    const names = Array.from({ length: containers }, (_, index) => `pinned-${index}`);
    const annotations = Object.fromEntries(
      names.map((name) => [`${podAnnotation.flakeUrl}.${name}`, session.flake('hello')]),
    );
    const env = [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'none-such', key: 'x' } } }];
    const pod = { containers: names.map((name) => ({ name, image: session.image(name), env, ...confined })) };
    await attacker.create(aPod({ name: 'waits', image: session.image('pinned-0'), annotations, pod }));
    let most = 0;
    await session.waitFor(
      'all images are built',
      async () => {
        const builds = await admin.lists.builds(attacker.namespace);
        const names = builds.map(({ metadata }) => metadata.name);
        const pods = await admin.lists.pods('enbi');
        const held = pods.filter(
          ({ metadata, status }) =>
            status.phase === 'Running' && names.some((name) => metadata.name.startsWith(name.slice(0, 36))),
        );
        most = Math.max(most, held.length);
        const built = builds.filter(({ status }) => status.status === 'Succeeded');
        return built.length === containers ? true : undefined;
      },
      300,
    );
    mustHold(most <= bound, `${most} Pods of enbi's hold images of one namespace`);
  },
};
