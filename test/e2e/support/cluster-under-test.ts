import { dirname, join } from 'node:path';
import { afterAll, inject, onTestFinished as onThisTestFinished, type RunnerTask, type TestContext } from 'vitest';
import { type Cluster, find } from '../../../cluster/cluster.ts';
import { containerdImages } from '../../../src/adapters/containerd/containerd.ts';
import { cancelAnnotation } from '../../../src/api/labels.ts';
import type { Kubectl } from '../../support/git-server.ts';
import { type Lists, listsFrom } from './lists.ts';
import { type RecordedBuilds, recordBuilds } from './recorded-builds.ts';
import { type RecordedJobs, recordJobs } from './recorded-jobs.ts';
import { enterTenant, type Tenant, type TenantOptions } from './tenant.ts';

/** A test that runs beside others must give its own: `test.concurrent('…', async ({ expect, onTestFinished }) => …)`. */
export type AtTheEnd = TestContext['onTestFinished'];

/** The cluster that boot.ts made, with enbi in it. */
export interface ClusterUnderTest {
  readonly kubectl: Kubectl;
  readonly lists: Lists;
  /** For programs that ask the cluster themselves. */
  readonly kubectlPath: string;
  readonly kubeconfig: string;
  readonly node: string;
  /** Cordoned, but for the test that opens it. */
  readonly otherNode: string;
  /** enbi's own image: has a shell and busybox. */
  readonly enbiImage: string;
  /** A flake reference whose version is the tag of the image. */
  flake(repository: string): string;
  /** The same at one version. */
  flakeAt(repository: string, tag: string): string;
  /** For one test: goes when the test has passed; a failed test's stays to be looked at, its builds cancelled. */
  tenant(name: string, options?: TenantOptions, onTestFinished?: AtTheEnd): Promise<Tenant>;
  /** For all tests of a file, which tell each other apart by names; stays when one of them has failed. */
  tenantOfFile(name: string, options?: TenantOptions): Promise<Tenant>;
  recordJobs(tenant: Tenant, onTestFinished?: AtTheEnd): RecordedJobs;
  recordBuilds(tenants: readonly Tenant[], onTestFinished?: AtTheEnd): RecordedBuilds;
  /** containerd's own client on the node, where the kubelet looks for images. */
  ctr(...args: readonly string[]): Promise<string>;
  /** Whether the kubelet of the node spares this image when it makes room; undefined: it has none of that name. */
  isPinned(image: string): Promise<boolean | undefined>;
  /** Runs a program on the node; throws when it fails. */
  onNode(...argv: readonly string[]): Promise<string>;
  on(node: string, ...argv: readonly string[]): Promise<string>;
  load: Cluster['load'];
  kill: Cluster['kill'];
  start: Cluster['start'];
}

export async function clusterUnderTest(): Promise<ClusterUnderTest> {
  const cluster = await find(inject('cluster'));
  if (cluster === undefined) throw new Error(`cluster ${inject('cluster')} is not up any more`);
  const [node = '', otherNode = ''] = cluster.nodes;
  const kubectl: Kubectl = (args, stdin) => cluster.kubectl(args, stdin);
  const on = async (name: string, ...argv: readonly string[]) => {
    const { code, stdout, stderr } = await cluster.exec(name, argv);
    if (code !== 0) throw new Error(`${argv.join(' ')}: exit code ${code}: ${stderr}`);
    return stdout;
  };
  const onNode = (...argv: readonly string[]) => on(node, ...argv);
  const program = {
    program: cluster.kubectlPath,
    kubeconfig: cluster.kubeconfig,
    cacheDirectory: join(dirname(cluster.kubeconfig), 'kubectl-cache'),
  };
  const lists = await listsFrom(cluster.kubeconfig);
  return {
    kubectl,
    lists,
    kubectlPath: cluster.kubectlPath,
    kubeconfig: cluster.kubeconfig,
    node,
    otherNode,
    enbiImage: inject('image'),
    flake: (repository) => flakeAt(repository, '{tag}'),
    flakeAt,
    tenant: async (name, options, onTestFinished = onThisTestFinished) => {
      const tenant = await enterTenant({ kubectl, lists }, name, options);
      onTestFinished(async ({ task }) => {
        await leave(tenant, task.result?.state === 'fail');
      });
      return tenant;
    },
    tenantOfFile: async (name, options) => {
      const tenant = await enterTenant({ kubectl, lists }, name, options);
      // oxlint-disable-next-line no-empty-pattern -- vitest reads from it that no fixture is wanted
      afterAll(async ({}, file) => {
        await leave(tenant, hasFailed(file));
      });
      return tenant;
    },
    recordJobs: ({ namespace }, onTestFinished = onThisTestFinished) => recordJobs(program, namespace, onTestFinished),
    recordBuilds: (tenants, onTestFinished = onThisTestFinished) =>
      recordBuilds(
        program,
        tenants.map(({ namespace }) => namespace),
        onTestFinished,
      ),
    ctr: (...args) => onNode('ctr', '--namespace=k8s.io', ...args),
    isPinned: async (image) => await isPinned(await cluster.containerdSocket(node), image),
    onNode,
    on,
    load: (archive) => cluster.load(archive),
    kill: (name) => cluster.kill(name),
    start: (name) => cluster.start(name),
  };
}

async function isPinned(socket: string, image: string): Promise<boolean | undefined> {
  const images = containerdImages(socket);
  try {
    return (await images.kubeletImage(image))?.pinned;
  } finally {
    images.close();
  }
}

function flakeAt(repository: string, tag: string): string {
  return `${inject('flakes')[repository]}?ref=refs/tags/${tag}`;
}

/** What a failed test left is there to be looked at, but for its builds: they would hold slots that the next files count on. */
async function leave(tenant: Tenant & AsyncDisposable, failed: boolean): Promise<void> {
  if (failed) await tenant.kubectl(['annotate', 'nixbuilds', '--all', '--overwrite', `${cancelAnnotation}=now`]);
  else await tenant[Symbol.asyncDispose]();
}

function hasFailed(task: RunnerTask): boolean {
  return task.result?.state === 'fail' || ('tasks' in task && task.tasks.some(hasFailed));
}
