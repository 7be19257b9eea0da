import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { customResourceDefinitions } from '../../api/crd.ts';
import { resource } from '../../cluster-view/resources.ts';
import { PolicyError, TransientError } from '../../errors.ts';
import { deployments } from '../deployed-controller.ts';
import { MemoryCluster, putController, runInMemory } from '../memory-plugin.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const permissions = read('deploy/rbac.yaml');
const policyFiles = ['jobs', 'objects', 'tenants'].map((name) => `deploy/admission-${name}.yaml`);
const policies = Object.fromEntries(policyFiles.map((file) => [file, read(file)]));
const embedded = { permissions, policies };
const admission = { apiVersion: 'admissionregistration.k8s.io/v1', namespaced: false };
const types = {
  ValidatingAdmissionPolicy: {
    ...admission,
    kind: 'ValidatingAdmissionPolicy',
    plural: 'validatingadmissionpolicies',
  },
  ValidatingAdmissionPolicyBinding: {
    ...admission,
    kind: 'ValidatingAdmissionPolicyBinding',
    plural: 'validatingadmissionpolicybindings',
  },
};
const crds = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

function aCluster(): MemoryCluster {
  const cluster = new MemoryCluster();
  for (const definition of customResourceDefinitions) cluster.put(crds, definition);
  for (const document of Object.values(policies).flatMap((text) => parseAllDocuments(text))) {
    const manifest = document.toJS() as { kind: keyof typeof types };
    cluster.put(types[manifest.kind], manifest);
  }
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

  describe('reads what keeps Pods of enbi from running', () => {
    const pod = (name: string, labels: object, status: object, namespace = 'enbi') => ({
      metadata: { name, namespace, labels },
      spec: { nodeName: 'node-1', containers: [{ name: 'controller', image: 'enbi.hrzn.ee/enbi:0.1.0' }] },
      status,
    });
    const ofController = { 'app.kubernetes.io/name': 'enbi' };
    const ofBuild = {
      'app.kubernetes.io/managed-by': 'enbi',
      'app.kubernetes.io/component': 'build',
      'enbi.hrzn.ee/build-uid': 'u',
    };
    const waiting = (reason: string, message: string) => ({
      name: 'controller',
      image: 'enbi.hrzn.ee/enbi:0.2.0',
      state: { waiting: { reason, message } },
    });

    it.each([
      [
        'an image that an upgrade does not get',
        ofController,
        waiting('ErrImagePull', 'not\nfound'),
        /own image .*:0\.2\.0, .* ErrImagePull: not found/,
      ],
      [
        'a crash loop, with its last words',
        ofController,
        {
          ...waiting('CrashLoopBackOff', 'back-off 5m0s'),
          restartCount: 6,
          lastState: { terminated: { exitCode: 1, reason: 'Error', message: 'error: a b is no selector\n' } },
        },
        /ended with 1, 6 restarts: error: a b is no selector\n +→ kubectl --namespace enbi logs --previous/,
      ],
      [
        "a build's node that lost the image",
        ofBuild,
        waiting('ImagePullBackOff', 'no'),
        /\(build waits: ImagePullBackOff: no\)/,
      ],
    ])('%s', async (_, labels, container, text) => {
      const cluster = aCluster();
      cluster.put(resource.pods, pod('one', labels, { initContainerStatuses: [container] }));
      const { code, out } = await runInMemory(['doctor'], { cluster, embedded });
      expect(code).toBe(1);
      expect(out).toMatch(/^FAIL {2}Pods of enbi +enbi\/one /m);
      expect(out).toMatch(text);
    });

    it('but nothing that is over, and no Pod that somebody only labelled so', async () => {
      const cluster = aCluster();
      const terminated = { exitCode: 1, reason: 'Error' };
      const wasRestarted = {
        name: 'controller',
        ready: true,
        restartCount: 1,
        state: { running: {} },
        lastState: { terminated },
      };
      cluster.put(resource.pods, pod('one', ofController, { containerStatuses: [wasRestarted] }));
      const forged = { ...ofBuild, 'enbi.hrzn.ee/build-uid': undefined };
      cluster.put(resource.pods, pod('two', forged, { containerStatuses: [waiting('ErrImagePull', 'x')] }, 'team'));
      const { code, out } = await runInMemory(['doctor'], { cluster, embedded });
      expect(code).toBe(0);
      expect(out).toMatch(/^OK {4}Pods of enbi +1 in all/m);
    });
  });

  it('tells of logs that the controller may not read, which is no failure', async () => {
    const cluster = aCluster();
    cluster.deniedVerbs.add('get pods/log');
    const { code, out } = await runInMemory(['doctor'], { cluster, embedded });
    expect(code).toBe(0);
    expect(out).toMatch(/^NOTE {2}permissions .* may not read logs: builds go on, each stage/m);
  });

  it('prints commands that lead to the same cluster, in no namespace but those that they name', async () => {
    const cluster = aCluster();
    cluster.deniedVerbs.add('patch');
    const given = ['--context', 'here', '--namespace', 'team', '--output', 'json'];
    const { out } = await runInMemory(['doctor', ...given], { cluster, embedded });
    const { findings } = JSON.parse(out) as { findings: { commands?: readonly string[] }[] };
    expect(findings.flatMap(({ commands = [] }) => commands)).toEqual([
      'kubectl --context here apply --server-side --filename deploy/rbac.yaml',
    ]);
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

  it('warns of bindings that are missing, with what that means and what to apply', async () => {
    const cluster = aCluster();
    const { items } = await cluster.list(types.ValidatingAdmissionPolicyBinding, {});
    expect(items).toHaveLength(10);
    for (const { metadata } of items as { metadata: { name: string } }[]) {
      await cluster.delete(types.ValidatingAdmissionPolicyBinding, metadata, {});
    }
    const { code, out } = await runInMemory(['doctor'], { cluster, embedded });
    expect(code).toBe(0);
    const missing = 'missing: ValidatingAdmissionPolicyBinding';
    const warning = (file: string, name: string) =>
      new RegExp(
        `^WARN  policies +${file} +${missing} ${name}, .*\\. Without them who.*\\n +→ .*: kubectl apply .* ${file}$`,
        'm',
      );
    expect(out).toMatch(warning('deploy/admission-jobs.yaml', 'enbi-controller-jobs'));
    expect(out).toMatch(warning('deploy/admission-objects.yaml', 'enbi-controller-pods'));
    expect(out).toMatch(warning('deploy/admission-tenants.yaml', 'enbi-tenants-nixbuilds'));
    expect(out).toMatch(/\n0 FAIL, 3 WARN, /);
  });

  const changed = 'not as this plugin has it:';

  it.each([
    ['a policy that is missing', 'ValidatingAdmissionPolicy', undefined, 'missing:'],
    ['a policy that fails open', 'ValidatingAdmissionPolicy', { failurePolicy: 'Ignore' }, changed],
    [
      'a policy with exceptions',
      'ValidatingAdmissionPolicy',
      { matchConditions: [{ name: 'not-mine', expression: "request.userInfo.username != 'me'" }] },
      changed,
    ],
    [
      'a binding for some namespaces',
      'ValidatingAdmissionPolicyBinding',
      { matchResources: { namespaceSelector: { matchLabels: { a: 'b' } } } },
      changed,
    ],
    ['a binding that only audits', 'ValidatingAdmissionPolicyBinding', { validationActions: ['Audit'] }, changed],
  ] as const)('warns of %s', async (_, kind, spec, text) => {
    const cluster = aCluster();
    const object = { name: 'enbi-tenants-status' };
    if (spec === undefined) await cluster.delete(types[kind], object, {});
    else await cluster.patch(types[kind], object, { spec });
    const { out } = await runInMemory(['doctor'], { cluster, embedded });
    expect(out).toMatch(/^WARN {2}policies +deploy\/admission-tenants.yaml /m);
    expect(out).toContain(` ${text} ${kind} enbi-tenants-status. `);
    expect(out).toMatch(/\n0 FAIL, 1 WARN, /);
  });

  it.each([
    ['enbi', 'WARN'],
    ['builds', 'OK  '],
  ])("asks for the binding to the controller's Deployment where that is: %s", async (namespace, health) => {
    const cluster = aCluster();
    const spec = { paramRef: { namespace: 'builds' } };
    await cluster.patch(types.ValidatingAdmissionPolicyBinding, { name: 'enbi-controller-image' }, { spec });
    const metadata = { name: 'enbi-controller', namespace: 'builds', labels: { 'app.kubernetes.io/name': 'enbi' } };
    const containers = [{ name: 'controller', image: 'enbi.hrzn.ee/enbi:0.1.0', args: ['controller'] }];
    cluster.put(deployments, { metadata, spec: { template: { spec: { containers } } } });
    const { out } = await runInMemory(['doctor', '--enbi-namespace', namespace], { cluster, embedded });
    expect(out).toMatch(new RegExp(`^${health}  policies +deploy/admission-jobs.yaml `, 'm'));
  });

  it('takes what an API server adds by itself for no change', async () => {
    const cluster = aCluster();
    const matchConstraints = { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} };
    const object = { name: 'enbi-tenants-status' };
    await cluster.patch(types.ValidatingAdmissionPolicy, object, { spec: { matchConstraints } });
    expect((await runInMemory(['doctor'], { cluster, embedded })).out).toMatch(/\n0 FAIL, 0 WARN, /);
  });

  it('misses no policies where enbi is not', async () => {
    expect((await runInMemory(['doctor'], { embedded })).out).not.toContain('policies');
  });

  it('takes what it may not see for no failure, and says so', async () => {
    const cluster = aCluster();
    cluster.onCall = ({ verb, kind }) => {
      throw new PolicyError('Forbidden', `you may not ${verb} ${kind}`);
    };
    const { code, out } = await runInMemory(['doctor'], { cluster, embedded });
    expect(code).toBe(0);
    expect(out).toMatch(/\n0 FAIL, 0 WARN, 11 NOTE, 1 OK\n$/);
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
