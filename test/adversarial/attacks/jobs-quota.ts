import type { Attack } from '../attack.ts';
import { expectRefusalIsTold } from '../refused-creates.ts';

export const attack: Attack = {
  name: 'jobs-quota',
  kind: "stops others' builds",
  rights: 'a tenant whose namespace may have no Job',
  steps: 'makes more NixBuilds than there are slots, and a Pod that waits for one',
  holds: "they are told in the API server's words, and hold no slot",
  quick: false,
  alone: true,
  async run(session) {
    await session.admin.kubectl(
      ['--namespace', session.attacker.namespace, 'create', '--filename=-'],
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'no-jobs' },
        spec: { hard: { 'count/jobs.batch': '0' } },
      }),
    );
    await expectRefusalIsTold(session, /exceeded quota: no-jobs/);
  },
};
