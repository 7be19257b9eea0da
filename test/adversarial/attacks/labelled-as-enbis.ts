import { createKubeClient } from '../../../src/adapters/kubernetes/client.ts';
import { loadKubeconfig } from '../../../src/adapters/kubernetes/kubeconfig.ts';
import { observeRemains } from '../../../src/uninstall/observe.ts';
import { confined } from '../../e2e/support/manifests.ts';
import { type Attack, mustHold } from '../attack.ts';
import { aWaitingPod } from '../waiting-pod.ts';

const name = 'impostor';

export const attack: Attack = {
  name: 'labelled-as-enbis',
  kind: 'lies to people',
  rights: 'a tenant',
  steps:
    "makes a Pod, a Job and a claim that are labelled as enbi's own, to be deleted by whoever uninstalls enbi, or to keep that from ending",
  holds: 'to an uninstallation only what enbi made is there',
  quick: true,
  alone: true,
  async run(session) {
    const { attacker, adminKubeconfig } = session;
    const labels = {
      'app.kubernetes.io/managed-by': 'enbi',
      'app.kubernetes.io/component': 'build',
      'app.kubernetes.io/name': 'enbi',
      'enbi.hrzn.ee/store': 'some-store',
      'enbi.hrzn.ee/tenant': attacker.namespace,
      'enbi.hrzn.ee/build-uid': '00000000-0000-4000-8000-000000000000',
    };
    const metadata = { name, labels };
    const pod = aWaitingPod(name);
    await session.anyway(() => attacker.create({ ...pod, metadata }));
    const spec = { ...podSpec, containers: [{ name: 'c', image: 'a.example/x:1', ...confined }] };
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template: { spec } } };
    await session.anyway(() => attacker.create(job));
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } };
    const made = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec: claim };
    await session.anyway(() => attacker.create(made));

    using client = createKubeClient(await loadKubeconfig(adminKubeconfig), { userAgent: 'enbi-attack' });
    const { jobs, jobPods, claims, controllerPods } = await observeRemains(client, 'enbi');
    const seen = [...jobs, ...jobPods, ...claims, ...controllerPods].map(({ metadata }) => metadata);
    const theirs = seen.filter(({ namespace }) => namespace === attacker.namespace);
    mustHold(theirs.length === 0, `${theirs.length} objects of the tenant count as enbi's`);
  },
};

const podSpec = {
  restartPolicy: 'Never',
  nodeSelector: { 'no/such': 'node' },
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
};
