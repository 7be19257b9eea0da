import { cancelAnnotation, label, retryAnnotation } from '../../../src/api/labels.ts';
import { type Attack, mustHold } from '../attack.ts';
import { request } from '../own-builds.ts';

const rounds = 40;

export const attack: Attack = {
  name: 'patched-at-every-moment',
  kind: "stops others' builds",
  rights: 'a tenant',
  steps:
    'cancels, retries, relabels, deletes and makes again their NixBuilds of the same names, over and over, whatever these are at',
  holds: "another tenant's build is made meanwhile, and of what was deleted no Job is left in enbi's namespace",
  quick: true,
  async run(session) {
    const { attacker, admin } = session;
    const names = ['one', 'two', 'three'];
    const flakeUrl = session.flake('hello');
    const victims = session.victimBuilds();
    victims.catch(() => undefined);
    for (let round = 0; round < rounds; round++) {
      for (const name of names) await disturb(session, { name, flakeUrl, round });
    }
    await victims;
    for (const name of names) await attacker.remove('NixBuild', name).catch(() => undefined);
    await session.waitFor('nothing works for them any more', async () => {
      const ofImports = await admin.kubectl(['--namespace=enbi', 'get', 'jobs', '--output=json']);
      const left = JSON.parse(ofImports).items.filter(
        (job: { metadata: { annotations?: Record<string, string> } }) =>
          job.metadata.annotations?.[label.buildNamespace] === attacker.namespace,
      );
      return left.length === 0 && (await admin.lists.jobs(attacker.namespace)).length === 0 ? true : undefined;
    });
    mustHold((await admin.lists.builds(attacker.namespace)).length === 0, 'a NixBuild came back');
  },
};

interface Disturbance {
  readonly name: string;
  readonly flakeUrl: string;
  readonly round: number;
}

/** The same course each time; where the build is at each step is another. */
async function disturb(session: Parameters<Attack['run']>[0], { name, flakeUrl, round }: Disturbance): Promise<void> {
  const { attacker } = session;
  const value = `${name}-${round}`;
  const steps = [
    () => request(session, { name, flakeUrl }),
    () => attacker.patch('NixBuild', name, { metadata: { annotations: { [cancelAnnotation]: value } } }),
    () => attacker.patch('NixBuild', name, { metadata: { annotations: { [retryAnnotation]: value } } }),
    () =>
      attacker.patch('NixBuild', name, { metadata: { labels: { [label.managedBy]: 'enbi' }, ownerReferences: [] } }),
    () =>
      attacker.patch('NixBuild', name, {
        metadata: { annotations: { [cancelAnnotation]: null, [retryAnnotation]: value } },
      }),
    () => attacker.remove('NixBuild', name),
  ];
  // What is there already, or is not, is refused.
  await steps[round % steps.length]?.().catch(() => undefined);
}
