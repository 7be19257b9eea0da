import { confined } from '../../e2e/support/manifests.ts';
import type { Attack } from '../attack.ts';
import { mustHold } from '../attack.ts';
import { aWaitingPod } from '../waiting-pod.ts';

const bounds = { events: 5, messageBytes: 1024, rssMiB: 160 };

export const attack: Attack = {
  name: 'many-annotations',
  kind: 'stops the controller',
  rights: 'a tenant',
  steps: 'makes a Pod of 800 containers that never runs, with 6,800 annotations for containers which it does not have',
  holds: 'the Pod is told in a handful of short events, and the controller stays as small as it was',
  quick: true,
  alone: true,
  async run(session) {
    const { attacker, admin } = session;
    await session.anyway(() => session.attacker.create(pod(800, 6800)));
    const events = await session.waitFor('the Pod is told', async () => {
      const told = (await admin.lists.events(attacker.namespace)).filter(isAbout('many'));
      return told.length > 0 ? told : undefined;
    });
    // Others come after it: what the Pod is told about is then all there is.
    await session.victimBuilds();
    const all = (await admin.lists.events(attacker.namespace)).filter(isAbout('many'));
    mustHold(all.length <= bounds.events, `${all.length} events on one Pod, ${events.length} of them at once`);
    const longest = Math.max(...all.map(({ message }) => message.length));
    mustHold(longest <= bounds.messageBytes, `an event of ${longest} characters`);
    const rssMiB = Math.max(...(await admin.metric('process_resident_memory_bytes'))) / 2 ** 20;
    mustHold(rssMiB <= bounds.rssMiB, `the controller has ${Math.round(rssMiB)} MiB`);
  },
};

const isAbout =
  (name: string) =>
  ({ type, involvedObject }: { type: string; involvedObject: { name: string } }) =>
    type === 'Warning' && involvedObject.name === name;

function pod(containers: number, annotations: number): object {
  const suffix = (index: number) => index.toString(36).padStart(3, '0');
  const named = (index: number) => `c${String(index).padStart(5, '0')}`.padEnd(63, 'x');
  return aWaitingPod('many', {
    annotations: Object.fromEntries(
      Array.from({ length: annotations }, (_, index) => [`enbi.hrzn.ee/nixbuild-flakeUrl.${suffix(index)}`, '']),
    ),
    containers: Array.from({ length: containers }, (_, index) => ({
      name: named(index),
      image: 'a.example/x:1',
      ...confined,
    })),
  });
}
