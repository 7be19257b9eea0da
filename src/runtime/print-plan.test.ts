import { expect, it } from 'vitest';
import { settled } from './plan.ts';
import { printPlan } from './print-plan.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', namespace: 'team', name: 'web', uid: 'web-uid' };
const node = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'n1-uid' };

it('prints a plan on one line', () => {
  const plan = {
    because: 'JobMissing',
    actions: [
      {
        type: 'create',
        manifest: { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'web-1', namespace: 'team' } },
      },
      { type: 'patch', ref: pod, patch: {} },
      { type: 'delete', ref: node },
    ],
    status: { ref: pod, resourceVersion: '1', status: {} },
    events: [{ type: 'Normal', regarding: pod, reason: 'BuildRequested', message: 'building' }],
    recheckAfterMs: 30_000,
  } as const;
  expect(printPlan(plan)).toBe(
    'JobMissing: create Job team/web-1, patch Pod team/web, delete Node n1, status Pod team/web, normal event BuildRequested, recheck in 30 s',
  );
});

it('prints a plan that does nothing', () => {
  expect(printPlan(settled('BuildRunning'))).toBe('BuildRunning: nothing to do');
});
