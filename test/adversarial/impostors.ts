import { confined } from '../e2e/support/manifests.ts';
import type { Session } from './session.ts';
import { aWaitingPod } from './waiting-pod.ts';

/** Of the Pod, the Job and the claim. */
export const impostor = 'impostor';

/** Makes objects of the attacker's that are labelled as enbi's own. */
export async function makeImpostors(session: Session): Promise<void> {
  const { attacker } = session;
  const labels = {
    'app.kubernetes.io/managed-by': 'enbi',
    'app.kubernetes.io/component': 'build',
    'app.kubernetes.io/name': 'enbi',
    'enbi.hrzn.ee/store': 'some-store',
    'enbi.hrzn.ee/tenant': attacker.namespace,
    'enbi.hrzn.ee/build-uid': '00000000-0000-4000-8000-000000000000',
  };
  const metadata = { name: impostor, labels };
  await session.anyway(() => attacker.create({ ...aWaitingPod(impostor), metadata }));
  const spec = { ...podSpec, containers: [{ name: 'c', image: 'a.example/x:1', ...confined }] };
  const job = { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template: { spec } } };
  await session.anyway(() => attacker.create(job));
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } };
  await session.anyway(() =>
    attacker.create({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec: claim }),
  );
}

const podSpec = {
  restartPolicy: 'Never',
  nodeSelector: { 'no/such': 'node' },
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
};
