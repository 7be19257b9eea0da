import type { Attack } from '../attack.ts';
import { tryWithoutQuota } from '../no-quota.ts';

export const attack: Attack = {
  name: 'jobs-quota',
  kind: "stops others' builds",
  rights: 'a tenant whose namespace may have no Job',
  steps: 'makes more NixBuilds than there are slots, and a Pod that waits for one',
  holds: "they are told in the API server's words, and hold no slot",
  quick: false,
  alone: true,
  run: (session) => tryWithoutQuota(session, 'no-jobs', 'count/jobs.batch'),
};
