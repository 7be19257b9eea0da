import type { Attack } from '../attack.ts';
import { fillSlots } from '../fill-slots.ts';

export const attack: Attack = {
  name: 'missing-secret',
  kind: "stops others' builds",
  rights: 'a tenant',
  steps: 'makes as many NixBuilds as there are slots, each with the name of a Secret that does not exist',
  holds: 'a build that waits for a person holds no slot',
  quick: true,
  alone: true,
  async run(session) {
    await fillSlots(session, { annotations: { 'enbi.hrzn.ee/nixbuild-secretName': 'nobody-made-it' } });
    await session.victimBuilds();
  },
};
