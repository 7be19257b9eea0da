import { type Attack } from '../attack.ts';
import { expectRefusalIsTold } from '../refused-creates.ts';

export const attack: Attack = {
  name: 'storage-quota',
  kind: "stops others' builds",
  rights: 'a tenant whose namespace may have no claim',
  steps: 'makes more NixBuilds than there are slots, and a Pod that waits for one',
  holds: "they are told in the API server's words, and hold no slot",
  quick: true,
  alone: true,
  async run(session) {
    await session.admin.kubectl(
      ['--namespace', session.attacker.namespace, 'create', '--filename=-'],
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'no-claims' },
        spec: { hard: { persistentvolumeclaims: '0' } },
      }),
    );
    await expectRefusalIsTold(session, /exceeded quota: no-claims/);
  },
};
