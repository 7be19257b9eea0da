import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { customResourceDefinitions } from '../../api/crd.ts';
import { resource } from '../../cluster-view/resources.ts';
import { PolicyError, TransientError } from '../../errors.ts';
import { MemoryCluster, putController, runInMemory } from '../memory-plugin.ts';

const permissions = readFileSync(new URL('../../../deploy/rbac.yaml', import.meta.url), 'utf8');
const embedded = { permissions };
const crds = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

function aCluster(): MemoryCluster {
  const cluster = new MemoryCluster();
  for (const definition of customResourceDefinitions) cluster.put(crds, definition);
  putController(cluster);
  cluster.put(resource.namespaces, {
    metadata: { name: 'enbi', labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
  });
  cluster.put(resource.nodes, {
    metadata: { name: 'node-1' },
    status: {
      nodeInfo: { architecture: 'amd64', containerRuntimeVersion: 'containerd://2.4.2', kubeletVersion: 'v1.37.2' },
      conditions: [{ type: 'Ready', status: 'True' }],
      runtimeHandlers: [{ name: '', features: { userNamespaces: true } }],
    },
  });
  cluster.kubelets.set('node-1', {
    kubeletconfig: { podPidsLimit: 4096, imagePullCredentialsVerificationPolicy: 'NeverVerifyPreloadedImages' },
  });
  return cluster;
}

describe('kubectl enbi doctor', () => {
  it('says that all is well, as a table', async () => {
    const { code, out, err } = await runInMemory(['doctor'], { cluster: aCluster(), embedded });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^OK {4}permissions .* all \d+ that the controller needs$/m);
    expect(out).toMatch(/^OK {4}kubelet +node-1 .* NeverVerifyPreloadedImages/m);
    expect(out).toMatch(/\n0 FAIL, 0 WARN, 1 NOTE, \d+ OK\n$/);
  });

  it('ends with 1 for a failure, with what to do below it', async () => {
    const cluster = aCluster();
    cluster.deniedVerbs.add('patch');
    cluster.kubelets.set('node-1', { kubeletconfig: { imagePullCredentialsVerificationPolicy: 'AlwaysVerify' } });
    const { code, out } = await runInMemory(['doctor'], { cluster, embedded });
    expect(code).toBe(1);
    expect(out).toMatch(/^FAIL {2}permissions .* may not patch pods, patch enbi.hrzn.ee\/nixbuilds\/status/m);
    expect(out).toMatch(/^FAIL {2}kubelet .*\n +→ set it to NeverVerifyPreloadedImages/m);
  });

  it('tells of logs that the controller may not read, which is no failure', async () => {
    const cluster = aCluster();
    cluster.deniedVerbs.add('get pods/log');
    const { code, out } = await runInMemory(['doctor'], { cluster, embedded });
    expect(code).toBe(0);
    expect(out).toMatch(/^NOTE {2}permissions .* may not read logs: builds go on/m);
  });

  it('is one object for programs', async () => {
    const { out } = await runInMemory(['doctor', '-o', 'yaml'], { cluster: aCluster(), embedded });
    expect(out).toContain('kind: Diagnosis\nhealth: OK\ncounts:\n  FAIL: 0\n');
  });

  it('knows definitions of another version, and that there are none', async () => {
    const cluster = aCluster();
    const spec = { versions: [{ name: 'v1alpha1', served: true }] };
    await cluster.patch(crds, { name: 'nixbuilds.enbi.hrzn.ee' }, { spec });
    await cluster.delete(crds, { name: 'nixstores.enbi.hrzn.ee' }, {});
    const { out } = await runInMemory(['doctor'], { cluster, embedded });
    expect(out).toMatch(/^WARN {2}definitions +nixbuilds.enbi.hrzn.ee +not as this version/m);
    expect(out).toMatch(/^FAIL {2}definitions +nixstores.enbi.hrzn.ee +not installed/m);
  });

  it('takes what it may not see for no failure, and says so', async () => {
    const cluster = aCluster();
    cluster.onCall = ({ verb, kind }) => {
      throw new PolicyError('Forbidden', `you may not ${verb} ${kind}`);
    };
    const { code, out } = await runInMemory(['doctor'], { cluster, embedded });
    expect(code).toBe(0);
    expect(out).toMatch(/\n0 FAIL, 0 WARN, 7 NOTE, 1 OK\n$/);
  });

  it('ends with 3 when nobody answers', async () => {
    const connect = () => Promise.reject(new TransientError('NetworkUnreachable', 'GET /version: no answer in time'));
    const { code, err } = await runInMemory(['doctor'], { connect });
    expect([code, err]).toEqual([3, 'error: GET /version: no answer in time\n']);
  });

  it('writes nothing but questions', async () => {
    const cluster = aCluster();
    await runInMemory(['doctor'], { cluster, embedded });
    expect(cluster.writes).toEqual([]);
  });
});
