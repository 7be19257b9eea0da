import type { Attack } from '../attack.ts';
import { foreignFinalizer } from '../namespaces.ts';
import { requestForAllSlots, runningBuilds } from '../own-builds.ts';
import { flakeOf } from '../small-flake.ts';

export const attack: Attack = {
  name: 'jobs-kept',
  kind: "stops others' builds",
  rights: 'a tenant',
  steps:
    "takes the slots there are, gives enbi's Jobs and their Pods a finalizer that nobody takes off, and deletes the NixBuilds",
  holds: 'what runs no more holds no slot',
  quick: false,
  alone: true,
  repositories: { 'jobs-kept': { '1.0.0': flakeOf({ default: 'sleep 3600' }) } },
  async run(session) {
    const { attacker, admin } = session;
    const names = await requestForAllSlots(session, { flakeUrl: session.flake('jobs-kept') });
    await runningBuilds(session);
    const finalizers = { metadata: { finalizers: [foreignFinalizer] } };
    for (const { metadata } of await admin.lists.jobs(attacker.namespace))
      await attacker.patch('Job', metadata.name, finalizers);
    for (const { metadata } of await admin.lists.pods(attacker.namespace))
      await attacker.patch('Pod', metadata.name, finalizers);
    for (const name of names) await attacker.remove('NixBuild', name);
    await session.victimBuilds();
  },
};
