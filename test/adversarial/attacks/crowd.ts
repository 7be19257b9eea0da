import * as z from 'zod';
import { ceilings } from '../../../src/api/ceilings.ts';
import { aNixBuild } from '../../e2e/support/manifests.ts';
import type { Account } from '../account.ts';
import { type Attack, mustHold } from '../attack.ts';
import { typeOf } from '../resource-types.ts';
import type { Session } from '../session.ts';

const crowd = 1500;
/** As many as stand in the queue of one namespace: what is told of them while the controller hears of the other's wish. */
const before = ceilings.queued.value;

export const attack: Attack = {
  name: 'crowd',
  kind: "stops others' builds",
  rights: 'a tenant',
  steps: `makes ${crowd.toLocaleString('en')} NixBuilds in one namespace`,
  holds: "another tenant's build is looked at in turn, and is built before the crowd is",
  quick: false,
  alone: true,
  async run(session) {
    const { attacker, admin } = session;
    for (let made = 0; made < crowd; made += 20) {
      const names = Array.from({ length: 20 }, (_, index) => `crowd-${made + index}`);
      await Promise.all(names.map((name) => attacker.create(aBuild(session, name))));
    }
    const between = await lookedAtBeforeVictim(session);
    mustHold(between <= before, `${between} of the crowd were looked at before the victim's build`);
    await session.victimBuilds();
    const built = (await admin.lists.builds(attacker.namespace)).filter(({ status }) => status.status === 'Succeeded');
    mustHold(built.length < crowd / 2, `${built.length} of the crowd came first`);
  },
};

function aBuild(session: Session, name: string): object {
  return aNixBuild({ name, flakeUrl: session.flake('hello'), imageTag: session.image(name) });
}

/** The API server numbers all writes: what was written to the crowd between the victim's wish and the first word about it. */
async function lookedAtBeforeVictim(session: Session): Promise<number> {
  const { attacker, victim } = session;
  const build = aBuild(session, 'in-turn');
  const wish = Written.parse(await victim.client.create(typeOf(build), victim.namespace, build));
  const answer = await session.waitFor("the victim's build is looked at", async () =>
    (await lookedAt(victim)).find(({ metadata }) => metadata.name === 'in-turn'),
  );
  const [since, until] = [numberOf(wish), numberOf(answer)];
  return (await lookedAt(attacker)).map(numberOf).filter((number) => number > since && number < until).length;
}

const Written = z.object({
  metadata: z.object({ name: z.string(), resourceVersion: z.string() }),
  status: z.object({ conditions: z.array(z.unknown()).default([]) }).default({ conditions: [] }),
});
type Written = z.infer<typeof Written>;

function numberOf({ metadata }: Written): number {
  return Number(metadata.resourceVersion);
}

async function lookedAt({ client, namespace }: Account): Promise<readonly Written[]> {
  const { items } = await client.list(typeOf({ kind: 'NixBuild' }), { namespace });
  return z
    .array(Written)
    .parse(items)
    .filter(({ status }) => status.conditions.length > 0);
}
