import { createKubeClient } from '../../../src/adapters/kubernetes/client.ts';
import { loadKubeconfig } from '../../../src/adapters/kubernetes/kubeconfig.ts';
import { observeRemains } from '../../../src/uninstall/observe.ts';
import { type Attack, mustHold } from '../attack.ts';
import { makeImpostors } from '../impostors.ts';

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
    await makeImpostors(session);
    using client = createKubeClient(await loadKubeconfig(adminKubeconfig), { userAgent: 'enbi-attack' });
    const { jobs, jobPods, claims, controllerPods } = await observeRemains(client, 'enbi');
    const seen = [...jobs, ...jobPods, ...claims, ...controllerPods].map(({ metadata }) => metadata);
    const theirs = seen.filter(({ namespace }) => namespace === attacker.namespace);
    mustHold(theirs.length === 0, `${theirs.length} objects of the tenant count as enbi's`);
  },
};
