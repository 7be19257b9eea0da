import { ceilings } from '../../../src/api/ceilings.ts';
import { podAnnotation } from '../../../src/api/labels.ts';
import { aPod, confined } from '../../e2e/support/manifests.ts';
import { type Attack, mustHold } from '../attack.ts';

/** More than would be pinned at once by mistake; three of them are built at a time. */
const containers = 20;

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
        const isOurs = (name: string) => builds.some(({ metadata }) => name.startsWith(metadata.name.slice(0, 36)));
        const held = (await admin.lists.pods('enbi')).filter(
          ({ metadata, spec, status }) =>
            status.phase === 'Running' && spec.containers.some(({ name }) => name === 'pin') && isOurs(metadata.name),
        );
        most = Math.max(most, held.length);
        const built = builds.filter(({ status }) => status.status === 'Succeeded');
        return built.length === containers ? true : undefined;
      },
      900,
    );
    // Imports that begin in the same moment do not see each other.
    const bound = ceilings.pins.value + (await admin.slots());
    mustHold(most <= bound, `${most} Pods of enbi's hold images of one namespace`);
  },
};
