import { expect, test } from 'vitest';
import { addressesOf } from './addresses.ts';
import { corefile } from './dns.ts';

test('the name service listens where Pods are told to ask, and answers for the cluster alone', () => {
  const lines = corefile(addressesOf(2), '/state/kubeconfig').split('\n');
  expect(lines[0]).toBe('cluster.local in-addr.arpa {');
  expect(lines).toContain('  bind 10.213.2.1');
  expect(lines).toContain('    kubeconfig /state/kubeconfig');
});
