import { aNixBuild } from '../../e2e/support/manifests.ts';
import type { NixBuild } from '../../support/objects.ts';
import type { Attack } from '../attack.ts';
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
    const { attacker, admin } = session;
    const names = Array.from({ length: await admin.slots() }, (_, index) => `kept-${index}`);
    for (const name of names) {
      const build = aNixBuild({ name, flakeUrl: session.flake('hello'), imageTag: session.image(name) });
      await attacker.create(withFinalizer(build));
    }
    // Those that get no slot are told so: all have been looked at.
    const isSeen = ({ status }: NixBuild) => status.buildNode !== undefined || status.conditions !== undefined;
    for (const name of names) await session.attackersBuild({ name, isSo: isSeen, what: `${name} is looked at` });
    for (const name of names) await attacker.remove('NixBuild', name);
    await session.victimBuilds();
  },
};

function withFinalizer(build: object): object {
  const { metadata, ...rest } = build as { metadata: object };
  return { ...rest, metadata: { ...metadata, finalizers: [foreignFinalizer] } };
}
