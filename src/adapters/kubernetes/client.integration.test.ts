import { describeKubeClient } from '../../runtime/kube-client.conformance.ts';
import { createKubeClient } from './client.ts';
import { loadKubeconfig } from './kubeconfig.ts';

describeKubeClient('the API server over HTTPS', async () =>
  createKubeClient(await loadKubeconfig('/tmp/rt/kubeconfig'), { userAgent: 'enbi-test' }),
);
