import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { run } from '../../../cluster/command.ts';
import { ensureHelm } from '../../../cluster/components.ts';
import { checkout } from '../../support/source-files.ts';
import { clusterUnderTest } from '../support/cluster-under-test.ts';
import { heldInBuild, holdable } from '../support/held.ts';
import { heldAtStart } from '../support/held-at-start.ts';
import { aNixBuild, aPod, confined } from '../support/manifests.ts';
import { installPlugin } from '../support/plugin.ts';
import type { Tenant } from '../support/tenant.ts';

// Runs after all other files (vitest.config.ts): what they test is not there any more.
const cluster = await clusterUnderTest();
const flakeUrl = cluster.flakeAt('trouble', '1.0.0');
const chart = join(checkout, 'charts/enbi');
let helmPath = '';

beforeAll(async () => {
  helmPath = await ensureHelm((line) => void process.stdout.write(`${line}\n`));
});

/** What Helm said; the log of a hook goes to its stderr. */
async function helm(verb: string, ...args: readonly string[]): Promise<string> {
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfig };
  const argv = [helmPath, verb, 'enbi', '--namespace=enbi', '--wait', '--timeout=3m', ...args];
  const { code, stdout, stderr } = await run(argv, { env });
  if (code !== 0) throw new Error(`${argv.join(' ')}: exit code ${code}: ${stderr}`);
  return stdout + stderr;
}

/** Everything that enbi made, wherever. */
async function made(): Promise<string> {
  const kinds = 'jobs,pods,persistentvolumes,persistentvolumeclaims,nixbuilds,nixstores';
  const list = ['get', kinds, '--all-namespaces', '--selector=app.kubernetes.io/managed-by=enbi', '--output=name'];
  return (await cluster.kubectl(list)) + (await cluster.kubectl(['get', 'nixstores', '--output=name']));
}

/** Everything that was installed. */
async function installed(): Promise<string[]> {
  const kinds =
    'deployments,pods,jobs,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,secrets,configmaps';
  const objects = await cluster.kubectl(['get', kinds, '--all-namespaces', '--output=name']);
  return objects.split('\n').filter((name) => name.includes('enbi'));
}

async function definitions(): Promise<string[]> {
  const names = await cluster.kubectl(['get', 'customresourcedefinitions', '--output=name']);
  return names.split('\n').filter((name) => name.includes('enbi'));
}

/** As docs/guide/install.md has it; gives what the Job said. */
async function uninstalled(kind: 'uninstall' | 'purge'): Promise<string> {
  const job = ['--namespace=enbi', 'job/enbi-uninstall'];
  await cluster.kubectl(['delete', '--ignore-not-found', ...job]);
  await cluster.kubectl(['apply', '--server-side', '--kustomize', join(checkout, 'deploy', kind)]);
  await cluster.kubectl(['wait', '--for=condition=complete', '--timeout=90s', ...job]).catch(async (error: unknown) => {
    throw new Error(await cluster.kubectl(['logs', ...job]), { cause: error });
  });
  return cluster.kubectl(['logs', ...job]);
}

const directories = (node: string) => cluster.on(node, 'sh', '-c', 'ls -A /var/lib/enbi/stores 2>&1 || true');
const nodes = [cluster.node, cluster.otherNode].filter((node) => node !== '');

const sleeping = (image: string) => ({
  name: 'asking',
  image,
  command: ['/bin/busybox', 'sleep', '600'],
  ...confined,
});

/** A Pod whose image is held in the build, and a NixBuild that a person made and no node can build. */
async function askIn(tenant: Tenant, packageName: string): Promise<string> {
  const image = tenant.image(packageName, '1.0.0');
  await tenant.apply(
    aPod({ name: 'asking', image, flakeUrl, packageName, pod: { containers: [sleeping(image)] } }),
    aNixBuild({ name: 'by-hand', flakeUrl, imageTag: tenant.image('by-hand', '1'), system: 'riscv64-linux' }),
  );
  return image;
}

test('what kubectl installed, kubectl removes, in mid-build', async () => {
  const tenant = await cluster.tenant('leaving', holdable);
  const image = tenant.image('hello', '1.0.0');
  const held = askIn(tenant, 'held.uninstalled').then((building) => heldInBuild(tenant, building));
  await Promise.all([held, heldAtStart(cluster, tenant, image)]);
  expect(await cluster.isPinned(image)).toBe(true);

  expect(await uninstalled('uninstall')).toContain('and below /var/lib/enbi on the nodes');
  expect(await made()).toBe('');
  expect(await cluster.isPinned(image)).toBe(false);
  expect((await tenant.builds()).map(({ metadata }) => metadata.name)).toEqual(['by-hand']);
  expect(await directories(cluster.node)).toContain(tenant.namespace);

  // Nothing in the cluster says any more which nodes have stores.
  expect(await uninstalled('purge')).toMatch(/nothing of enbi is left but its kinds and the NixBuilds people made\n$/);
  expect(await made()).toBe('');
  for (const node of nodes) expect(await directories(node)).toContain('No such file or directory');

  await cluster.kubectl(['delete', '--kustomize', join(checkout, 'deploy/uninstall')]);
  await cluster.kubectl(['delete', '--kustomize', join(checkout, 'deploy'), '--ignore-not-found', '--timeout=60s']);
  expect(await installed()).toEqual([]);
  expect(await definitions()).toEqual([]);
});

test('Helm installs, upgrades in mid-build, and uninstalls with all that lies on the nodes', async () => {
  const label = (level: string) =>
    cluster.kubectl(['label', '--overwrite', 'namespace', 'enbi', `pod-security.kubernetes.io/enforce=${level}`]);
  await cluster.kubectl(['create', 'namespace', 'enbi']);
  await label('restricted');
  await expect(helm('install', chart)).rejects.toThrow(/enforces Pod Security "restricted".*kubectl label/);
  await label('privileged');
  const offline = '--set-json=nix.substituters=[]';
  expect(await helm('install', chart, offline)).toContain('kubectl get nixbuilds');

  const tenant = await cluster.tenant('charted', holdable);
  const image = await askIn(tenant, 'held.upgraded');
  const { release, build } = await heldInBuild(tenant, image);
  await helm('upgrade', chart, offline, '--set=logLevel=debug,uninstall.purge=true');
  await release();
  await tenant.ready('asking');
  const { metadata, status } = await tenant.succeeded(image);
  expect([metadata.uid, status.attempts, status.buildJobName]).toEqual([
    build.metadata.uid,
    1,
    build.status.buildJobName,
  ]);

  await using plugin = await installPlugin(cluster);
  expect(await plugin.run('default', 'doctor')).toMatchObject({
    code: 0,
    out: expect.stringContaining('enbi/enbi-controller'),
  });

  const said = await helm('uninstall');
  expect(said).toContain('[enbi] nothing of enbi is left');
  expect(await made()).toBe('');
  expect((await tenant.builds()).map(({ metadata }) => metadata.name)).toEqual(['by-hand']);
  expect(await definitions()).toHaveLength(2);
  expect(await installed()).toEqual([]);
  for (const node of nodes) expect(await directories(node)).toContain('No such file or directory');
});
