import { expect, onTestFinished, test } from 'vitest';
import { clusterUnderTest } from './support/cluster-under-test.ts';
import { aPod } from './support/manifests.ts';
import type { TenantOptions } from './support/tenant.ts';

const cluster = await clusterUnderTest();

/** Builds a page of what the build saw around it, and reads it in the Pod that then runs. */
async function buildLooksAround(name: string, options: TenantOptions) {
  const tenant = await cluster.tenant(name, options);
  const image = tenant.image('surroundings', '1.0.0');
  await tenant.apply(aPod({ name: 'page', image, flakeUrl: cluster.flake('surroundings') }));
  await tenant.ready('page');
  const page = await tenant.kubectl(['exec', 'page', '--', 'cat', '/www/surroundings']);
  const { status } = await tenant.succeeded(image);
  return { isolation: status.isolation, ...surroundings(page) };
}

function surroundings(page: string): { interfaces: string[]; uids: string; root: string[] } {
  const part = (name: string) => page.split(`== ${name}\n`)[1]?.split('== ')[0]?.trim() ?? '';
  return {
    interfaces: [...part('net/dev').matchAll(/^\s*(\S+):/gm)].map(([, name = '']) => name).toSorted(),
    uids: part('self/uid_map').replaceAll(/\s+/g, ' '),
    root: part('root').split('\n'),
  };
}

test('where the namespace allows it, the build runs in Nix’ own sandbox', async () => {
  const seen = await buildLooksAround('sandboxed', {});
  expect(seen).toMatchObject({ isolation: 'Sandboxed', interfaces: ['lo'] });
  expect(seen.root).not.toContain('enbi');
  expect(seen.root).toContain('build');
  // One user, mapped: Nix' sandbox has a user namespace of its own inside the Pod's.
  expect(seen.uids).toMatch(/ 1$/);
});

test('in a namespace with Pod Security level restricted, the build does without', async () => {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const seen = await buildLooksAround('restricted', { labels });
  expect(seen).toMatchObject({ isolation: 'Unprivileged', interfaces: ['eth0', 'lo'] });
  expect(seen.root).toContain('enbi');
});

test('a namespace may ask for less isolation than its node offers', async () => {
  const seen = await buildLooksAround('unprivileged', { annotations: { 'enbi.hrzn.ee/isolation': 'Unprivileged' } });
  expect(seen).toMatchObject({ isolation: 'Unprivileged', interfaces: ['eth0', 'lo'] });
});

test('where a policy refuses sandboxed Pods, the build goes on without, and says so', async () => {
  const tenant = await cluster.tenant('fenced');
  const { namespace } = tenant;
  await tenant.apply(...refusingSandboxes(namespace));
  onTestFinished(() => cluster.kubectl(['delete', kinds, namespace]).then(() => undefined));
  const probe = aPod({ name: 'probe', image: cluster.enbiImage, flakeUrl: '', pod: { hostUsers: false } });
  await tenant.waitFor('the policy is in force', async () => {
    const refused = tenant.kubectl(['create', '--dry-run=server', '--filename=-'], JSON.stringify(probe));
    return await refused.then(() => undefined, String);
  });

  const image = tenant.image('hello', '1.0.0');
  await tenant.apply(aPod({ name: 'page', image, flakeUrl: cluster.flake('hello') }));
  await tenant.ready('page');
  const { metadata, status } = await tenant.succeeded(image);
  expect(status).toMatchObject({
    isolation: 'Unprivileged',
    sandboxRefused: expect.stringMatching(/^no sandboxed Pod could be made for Job /),
  });
  const events = await tenant.events('NixBuild', metadata.name);
  expect(events.filter(({ reason }) => reason === 'SandboxRefused')).toHaveLength(1);
});

const kinds = 'validatingadmissionpolicy,validatingadmissionpolicybinding';

/** As a cluster's administrator might, who wants no user namespaces. */
function refusingSandboxes(namespace: string): object[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const pods = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };
  const metadata = { name: namespace };
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [pods] },
        validations: [{ expression: '!has(object.spec.hostUsers) || object.spec.hostUsers' }],
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: {
        policyName: namespace,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
      },
    },
  ];
}
