import * as z from 'zod';
import { ceilings } from '../../../src/api/ceilings.ts';
import { ordersAnnotation, podAnnotation } from '../../../src/api/labels.ts';
import { aPod, confined } from '../../e2e/support/manifests.ts';
import type { Pod } from '../../support/objects.ts';
import { type Attack, mustHold } from '../attack.ts';

/** More than would be pinned at once by mistake; three of them are built at a time. */
const containers = 20;

export const attack: Attack = {
  name: 'pins-fill-node',
  kind: "stops others' builds",
  rights: 'a tenant',
  steps:
    'makes one Pod of many containers, each with an image of its own to be built and a ConfigMap that is not there: each image stays pinned for it, and the list of the node’s agent names it',
  holds: "no more than a few of one namespace's images are pinned on a node, and named in the list of its agent",
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
        const lists = (await admin.lists.pods('enbi')).map(holdersIn);
        most = Math.max(most, ...lists.map((holders) => holders.filter(isOurs).length));
        const built = builds.filter(({ status }) => status.status === 'Succeeded');
        return built.length === containers ? true : undefined;
      },
      900,
    );
    mustHold(most > 0, 'no agent was told to pin an image, though a Pod waits for all of them');
    mustHold(most <= ceilings.pins.value, `an agent is told to pin ${most} images of one namespace`);
  },
};

const Orders = z.object({
  orders: z.array(
    z.object({
      pin: z.object({ by: z.string() }).optional(),
      import: z.object({ pin: z.object({ by: z.string() }).optional() }).optional(),
    }),
  ),
});

/** Who holds a pin by the list of an agent; nobody by any other Pod. */
function holdersIn({ metadata }: Pod): readonly string[] {
  const list = metadata.annotations[ordersAnnotation];
  if (list === undefined) return [];
  return Orders.parse(JSON.parse(list)).orders.flatMap((order) => (order.pin ?? order.import?.pin)?.by ?? []);
}
