import { expect, test } from 'vitest';
import { howToUse } from './how-to-use.ts';

test('is lines for a shell', () => {
  const lines = howToUse({ kubeconfig: '/c/kubeconfig', kubectlPath: '/b/kubectl', hostAddress: '10.212.3.1' });
  expect(lines).toEqual([
    'export KUBECONFIG=/c/kubeconfig',
    'alias kubectl=/b/kubectl',
    '# Pods reach this machine at 10.212.3.1, and nothing beyond it: there is no internet in this cluster',
  ]);
});
