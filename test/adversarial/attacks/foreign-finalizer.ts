import type { Attack } from '../attack.ts';
import { fillSlots } from '../fill-slots.ts';
import { foreignFinalizer } from '../namespaces.ts';

export const attack: Attack = {
  name: 'foreign-finalizer',
  kind: "stops others' builds",
  rights: 'a tenant',
  steps:
    'makes as many NixBuilds as there are slots, each with a finalizer that nobody takes off, and deletes them when they have them',
  holds: 'a NixBuild that is being deleted ends its work and holds no slot',
  quick: true,
  alone: true,
  async run(session) {
    const names = await fillSlots(session, { finalizers: [foreignFinalizer] });
    for (const name of names) await session.attacker.remove('NixBuild', name);
    await session.victimBuilds();
  },
};
