import { claimName, storeName } from '../../../src/cluster-view/names.ts';
import type { Attack } from '../attack.ts';
import { expectRefusalIsTold } from '../refused-creates.ts';

export const attack: Attack = {
  name: 'claim-made-first',
  kind: "stops others' builds",
  rights: 'a tenant',
  steps: 'makes claims of the names that its stores will ask for, and then more NixBuilds than there are slots',
  holds: 'they are told which claim is in the way, and hold no slot',
  quick: false,
  alone: true,
  async run(session) {
    const { attacker, nodes } = session;
    for (const node of nodes) {
      await attacker.create({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: claimName(storeName(node, attacker.namespace)) },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'there-is-none',
          resources: { requests: { storage: '1Mi' } },
        },
      });
    }
    await expectRefusalIsTold(session, /enbi-store-/);
  },
};
