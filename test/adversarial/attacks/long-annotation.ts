import { aPod } from '../../e2e/support/manifests.ts';
import { type Attack, mustHold } from '../attack.ts';

export const attack: Attack = {
  name: 'long-annotation',
  kind: 'stops the controller',
  rights: 'a tenant',
  steps: 'makes a Pod with a flake reference of 261,000 characters, all of them the beginning of a query parameter',
  holds: "the Pod is told that its reference is too long, another tenant's build is not held up, and explain returns",
  quick: true,
  alone: true,
  async run(session) {
    const { attacker, admin } = session;
    const annotations = { 'enbi.hrzn.ee/nixbuild-flakeUrl': '?host='.repeat(43_500) };
    // A kubelet says that the image is missing: only then does the reference matter.
    await session.anyway(() =>
      session.attacker.create(aPod({ name: 'long', image: session.image('long'), annotations })),
    );
    const told = await session.waitFor('the Pod is told', async () =>
      (await admin.lists.events(attacker.namespace)).find(
        ({ involvedObject, reason }) => involvedObject.name === 'long' && /^(Invalid|TooLarge)/.test(reason),
      ),
    );
    mustHold(told.message.length <= 1024, `an event of ${told.message.length} characters`);
    await session.victimBuilds();
    const { out, err } = await session.plugin('explain', 'pod/long');
    mustHold(out.includes('pod/long') || out.includes('Pod'), `explain says nothing of the Pod: ${out}${err}`);
    mustHold(out.length <= 20_000, `explain prints ${out.length} characters`);
  },
};
