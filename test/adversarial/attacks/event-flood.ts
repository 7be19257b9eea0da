import { aPod } from '../../e2e/support/manifests.ts';
import { type Attack, mustHold } from '../attack.ts';
import { aWaitingPod } from '../waiting-pod.ts';

export const attack: Attack = {
  name: 'event-flood',
  kind: "stops others' builds",
  rights: 'a tenant who may not create events',
  steps: 'makes three Pods with 6,800 annotations each that are to be complained of',
  holds: 'a Pod gets a handful of events, and what others were told is not forgotten for it',
  quick: true,
  alone: true,
  async run(session) {
    const { attacker, victim, admin } = session;
    const misplaced = { 'enbi.hrzn.ee/nixbuild-flakeUrl.nobody': 'git+https://git.example/x' };
    await victim.create(aPod({ name: 'honest', image: session.image('honest'), annotations: misplaced }));
    const toldHonest = async () =>
      (await admin.lists.events(victim.namespace)).filter(
        ({ type, involvedObject, message }) =>
          type === 'Warning' && involvedObject.name === 'honest' && message.includes('nobody'),
      );
    const complaint = async () => ((await toldHonest()).length > 0 ? true : undefined);
    await session.waitFor("the victim's Pod is told", complaint);

    const names = ['flood-0', 'flood-1', 'flood-2'];
    for (const name of names)
      await session.anyway(() => session.attacker.create(aWaitingPod(name, { annotations: annotations(6800) })));
    await session.waitFor('the Pods are told', async () => {
      const told = new Set((await admin.lists.events(attacker.namespace)).map((event) => event.involvedObject.name));
      return names.every((name) => told.has(name)) ? true : undefined;
    });
    await session.victimBuilds();
    await victim.patch('Pod', 'honest', { metadata: { annotations: { looked: 'again' } } });
    await session.victimBuilds();

    const events = await admin.lists.events(attacker.namespace);
    for (const name of names) {
      const ofPod = events.filter(({ type, involvedObject }) => type === 'Warning' && involvedObject.name === name);
      const count = ofPod.reduce((sum, { count }) => sum + Math.max(1, count), 0);
      mustHold(count <= 6, `${count} events on Pod ${name}`);
    }
    const again = (await toldHonest()).reduce((sum, { count }) => sum + Math.max(1, count), 0);
    mustHold(again === 1, `the victim's Pod was told the same ${again} times`);
  },
};

function annotations(count: number): Record<string, string> {
  const suffix = (index: number) => index.toString(36).padStart(3, '0');
  const keys = Array.from({ length: count }, (_, index) => `enbi.hrzn.ee/nixbuild-flakeUrl.${suffix(index)}`);
  return Object.fromEntries(keys.map((key) => [key, '']));
}
