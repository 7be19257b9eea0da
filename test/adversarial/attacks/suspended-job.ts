import { type Attack, mustHold } from '../attack.ts';
import { fillSlots } from '../fill-slots.ts';
import { slowFlake } from '../slow-flake.ts';

const repository = 'suspended-job-slow';

export const attack: Attack = {
  name: 'suspended-job',
  kind: "stops others' builds",
  rights: 'a tenant who may change Jobs in its namespace',
  steps: 'suspends the Jobs of its builds and takes their deadlines off, so that they neither run nor end',
  holds: 'their attempts end, and their slots go to others',
  quick: false,
  alone: true,
  repositories: { [repository]: { '1.0.0': slowFlake(repository, 3600) } },
  async run(session) {
    const { attacker, admin } = session;
    await fillSlots(session, { flakeUrl: session.flake(repository) });
    const jobs = await session.waitFor('there are Jobs', async () => {
      const found = await admin.lists.jobs(attacker.namespace);
      return found.length > 0 ? found : undefined;
    });
    for (const { metadata } of jobs) {
      await session.anyway(() => attacker.patch('Job', metadata.name, { spec: held }));
    }
    await session.victimBuilds();
    for (const { metadata } of jobs) {
      await session.waitFor(`Job ${metadata.name} is gone`, async () => {
        const left = await admin.lists.jobs(attacker.namespace);
        return left.some(({ metadata: { uid } }) => uid === metadata.uid) ? undefined : true;
      });
    }
    const builds = await admin.lists.builds(attacker.namespace);
    const reasons = builds.flatMap(({ status }) => status.failure?.reason ?? []);
    // What has begun its next attempt tells of the one before no more.
    const again = builds.filter(({ status }) => status.failure === undefined && (status.attempts ?? 0) > 1);
    const ended = reasons.length + again.length;
    mustHold(ended >= jobs.length, `of ${jobs.length} attempts ${ended} have ended`);
    mustHold(
      reasons.every((reason) => reason === 'JobChanged'),
      `they are told ${reasons.join(', ')}`,
    );
  },
};

const held = { suspend: true, activeDeadlineSeconds: null };
