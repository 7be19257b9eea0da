import type { NixBuild } from '../../support/objects.ts';
import { type Attack, mustHold } from '../attack.ts';
import { request, runningBuilds } from '../own-builds.ts';
import type { Session } from '../session.ts';
import { flakeOf } from '../small-flake.ts';

export const attack: Attack = {
  name: 'deadline-taken-off',
  kind: "stops others' builds",
  rights: 'a tenant who may change Jobs in its namespace',
  steps: 'takes the deadline off the Job of a build that never ends, and waits until its time is over',
  holds: "the attempt ends by the controller's own clock, its Job and its Pod go, and it is not tried again",
  quick: false,
  alone: true,
  repositories: { 'deadline-taken-off': { '1.0.0': flakeOf({ default: 'sleep 36000' }) } },
  async run(session) {
    const { attacker, admin } = session;
    await request(session, { name: 'endless', flakeUrl: session.flake('deadline-taken-off') });
    const [build] = await runningBuilds(session);
    const [job] = await admin.lists.jobs(attacker.namespace);
    if (build === undefined || job === undefined) throw new Error('there is no Job');
    const withoutDeadline = { spec: { activeDeadlineSeconds: null } };
    await session.anyway(() => attacker.patch('Job', job.metadata.name, withoutDeadline));
    await asIfBegunYesterday(session, build);
    const { status } = await session.attackersBuild({ name: 'endless', what: 'it ends', isSo: hasFailed });
    mustHold(
      status.failure?.reason === 'BuildTimedOut',
      `it ended for another reason: ${JSON.stringify(status.failure)}`,
    );
    await session.waitFor('its Job and its Pod are gone', async () => {
      const left = [await admin.lists.jobs(attacker.namespace), await admin.lists.pods(attacker.namespace)];
      return left.flat().length === 0 ? true : undefined;
    });
  },
};

/** Two hours and more are too long to wait: the controller is made to believe that they are over. */
async function asIfBegunYesterday({ admin, attacker }: Session, { metadata, status }: NixBuild): Promise<void> {
  const buildStarted = new Date(Date.now() - 24 * 3600 * 1000).toISOString().replace(/\.\d+/, '');
  const patch = JSON.stringify({ status: { stageTimes: { ...status.stageTimes, buildStarted } } });
  const which = ['--namespace', attacker.namespace, 'nixbuild', metadata.name, '--subresource=status'];
  await admin.kubectl(['patch', ...which, '--type=merge', `--patch=${patch}`]);
}

function hasFailed({ status }: NixBuild): boolean {
  return status.status === 'Failed';
}
