import { expectRefusalIsTold } from './refused-creates.ts';
import type { Session } from './session.ts';

/** Tries builds in a namespace that may have none of something: `count/jobs.batch`, for example. */
export async function tryWithoutQuota(session: Session, name: string, resource: string): Promise<void> {
  const { admin, attacker } = session;
  const spec = { hard: { [resource]: '0' } };
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec };
  await admin.kubectl(['--namespace', attacker.namespace, 'create', '--filename=-'], JSON.stringify(quota));
  await expectRefusalIsTold(session, new RegExp(`exceeded quota: ${name}`));
}
