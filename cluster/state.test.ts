import { beforeEach, expect, test, vi } from 'vitest';
import { folderOf } from './state.ts';

beforeEach(() => void vi.stubEnv('ENBI_CLUSTER_STATE', undefined));

test.each(['enbi', 'a', 'two-nodes', 'e2e-7', 'a'.repeat(30)])('accepts the name %s', (name) => {
  expect(folderOf(name).root).toBe(`/var/lib/enbi-cluster/${name}`);
});

test.each(['', '.', '..', 'a/b', '-a', 'a-', 'A', 'ä', 'a b', 'a'.repeat(31)])('refuses the name "%s"', (name) => {
  expect(() => folderOf(name)).toThrow('cannot name a cluster');
});

test('tells clusters of one name in two state directories apart', () => {
  const usual = folderOf('enbi');
  vi.stubEnv('ENBI_CLUSTER_STATE', '/srv/clusters');
  const other = folderOf('enbi');
  expect(other.kubeconfig).toBe('/srv/clusters/enbi/kubeconfig');
  expect(other.id).not.toBe(usual.id);
});
