import { aNixBuild } from '../../e2e/support/manifests.ts';
import { type Attack, mustHold } from '../attack.ts';

const crowd = 1500;
/** Of the crowd, so many may be looked at between the victim's wish and the answer: to count it takes a moment itself. */
const before = 500;

export const attack: Attack = {
  name: 'crowd',
  kind: "stops others' builds",
  rights: 'a tenant',
  steps: `makes ${crowd.toLocaleString('en')} NixBuilds in one namespace`,
  holds: "another tenant's build is looked at in turn, and is built before the crowd is",
  quick: false,
  alone: true,
  async run(session) {
    const { attacker, victim, admin } = session;
    for (let made = 0; made < crowd; made += 20) {
      const names = Array.from({ length: 20 }, (_, index) => `crowd-${made + index}`);
      await Promise.all(
        names.map((name) =>
          attacker.create(aNixBuild({ name, flakeUrl: session.flake('hello'), imageTag: session.image(name) })),
        ),
      );
    }
    const lookedAt = async () =>
      (await admin.lists.builds(attacker.namespace)).filter(({ status }) => status.conditions !== undefined).length;
    const imageTag = session.image('in-turn');
    const first = await lookedAt();
    await victim.create(aNixBuild({ name: 'in-turn', flakeUrl: session.flake('hello'), imageTag }));
    await session.waitFor("the victim's build is looked at", async () =>
      (await admin.lists.builds(victim.namespace)).find(({ status }) => status.conditions !== undefined),
    );
    const between = (await lookedAt()) - first;
    mustHold(between <= before, `${between} of the crowd were looked at before the victim's build`);
    await session.victimBuilds();
    const built = (await admin.lists.builds(attacker.namespace)).filter(({ status }) => status.status === 'Succeeded');
    mustHold(built.length < crowd / 2, `${built.length} of the crowd came first`);
  },
};
