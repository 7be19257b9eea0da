import { aPod } from '../../e2e/support/manifests.ts';
import { type Attack, mustHold } from '../attack.ts';

/** As long as a kubelet waits for the controller's answer to whether it is ready. */
const probeSeconds = 5;

export const attack: Attack = {
  name: 'long-annotation',
  kind: 'stops the controller',
  rights: 'a tenant',
  steps: 'makes a Pod with a flake reference of 261,000 characters, all of them the beginning of a query parameter',
  holds:
    "the Pod is told that its reference is too long, the controller stands still for no probe's time, another tenant's build is not held up, and explain returns",
  quick: true,
  alone: true,
  async run(session) {
    const { attacker, admin } = session;
    const standing = 'nodejs_eventloop_lag_max_seconds';
    // What it tells is of the time since it was asked last.
    const replicas = (await admin.metric(standing)).length;
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
    const stood = await admin.metric(standing);
    mustHold(stood.length === replicas, `${stood.length} of ${replicas} replicas answer`);
    mustHold(Math.max(...stood) < probeSeconds, `the controller stood still for ${Math.max(...stood)} s`);
    const { out, err } = await session.plugin('explain', 'pod/long');
    mustHold(out.includes('pod/long') || out.includes('Pod'), `explain says nothing of the Pod: ${out}${err}`);
    mustHold(out.length <= 20_000, `explain prints ${out.length} characters`);
  },
};
