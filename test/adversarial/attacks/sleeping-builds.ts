import type { Attack } from '../attack.ts';
import { requestForAllSlots, runningBuilds } from '../own-builds.ts';
import { flakeOf } from '../small-flake.ts';

export const attack: Attack = {
  name: 'sleeping-builds',
  kind: "stops others' builds",
  rights: 'a tenant',
  steps: 'asks for as many builds as there are slots, of a flake whose builder sleeps for an hour',
  holds: "another tenant's build gets a slot all the same",
  quick: true,
  alone: true,
  repositories: { 'sleeping-builds': { '1.0.0': flakeOf({ default: 'sleep 3600' }) } },
  async run(session) {
    await requestForAllSlots(session, { flakeUrl: session.flake('sleeping-builds') });
    await runningBuilds(session);
    await session.victimBuilds();
  },
};
