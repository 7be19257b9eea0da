import { inject } from 'vitest';
import type { NixBuildStatus } from '../../../src/api/nix-build.ts';
import type { Kubectl } from '../../support/git-server.ts';
import { type Event, isReady, type Job, type NixBuild, type Pod, waitingContainers } from '../../support/objects.ts';
import { diagnose } from './diagnosis.ts';
import type { Lists } from './lists.ts';
import { Hopeless, waitFor } from './wait-for.ts';

/** On every namespace of the tests, with the run that made it. */
export const tenantLabel = 'enbi-test-run';

/** A namespace of a test's own: its Pods, its NixBuilds, its store. */
export interface Tenant {
  readonly namespace: string;
  /** An image name that no other test uses. */
  image(name: string, tag: string): string;
  kubectl: Kubectl;
  apply(...manifests: readonly object[]): Promise<void>;
  builds(): Promise<NixBuild[]>;
  pods(): Promise<Pod[]>;
  jobs(): Promise<Job[]>;
  /** What a container has written; throws while it has not begun. */
  log(pod: Pod, container: string): Promise<string>;
  /** Events about one object. */
  events(kind: string, name: string): Promise<Event[]>;
  /** Waits until a NixBuild for the image has succeeded; fails at once when it fails. */
  succeeded(image: string): Promise<NixBuild>;
  failed(image: string): Promise<NixBuild & { status: { failure: NonNullable<NixBuildStatus['failure']> } }>;
  /** Waits until this many Pods with the label `app` are there and all of them are Ready. */
  ready(app: string, count?: number): Promise<Pod[]>;
  /** Waits until `look` neither throws nor gives undefined; shows the namespace when it was in vain. */
  waitFor<T>(what: string, look: () => Promise<T | undefined>, seconds?: number): Promise<T>;
}

export interface TenantOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** How a cluster is asked. */
export interface Reachable {
  readonly kubectl: Kubectl;
  readonly lists: Lists;
}

/** Makes the namespace; disposing of it deletes it, without waiting for the end. */
export async function enterTenant(
  cluster: Reachable,
  name: string,
  options: TenantOptions = {},
): Promise<Tenant & AsyncDisposable> {
  const { kubectl } = cluster;
  // Images stay on a node that is kept: the next run must not find them under their names.
  const namespace = `${name}-${inject('run')}`;
  const metadata = { name: namespace, ...options, labels: { ...options.labels, [tenantLabel]: inject('run') } };
  await apply(kubectl, [{ apiVersion: 'v1', kind: 'Namespace', metadata }]);
  return {
    ...tenantOf(cluster, namespace),
    [Symbol.asyncDispose]: async () =>
      void (await kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false'])),
  };
}

function tenantOf({ kubectl, lists }: Reachable, namespace: string): Tenant {
  const here: Kubectl = (args, stdin) => kubectl(['--namespace', namespace, ...args], stdin);
  const explain = () => diagnose(kubectl, namespace);
  const builds = () => lists.builds(namespace);
  const pods = () => lists.pods(namespace);
  return {
    namespace,
    image: (name, tag) => `registry.test/${namespace}/${name}:${tag}`,
    kubectl: here,
    apply: (...manifests) => apply(here, manifests),
    builds,
    pods,
    jobs: () => lists.jobs(namespace),
    log: (pod, container) => lists.log({ namespace, name: pod.metadata.name, container }),
    events: async (kind, name) =>
      (await lists.events(namespace)).filter(
        ({ involvedObject }) => involvedObject.kind === kind && involvedObject.name === name,
      ),
    succeeded: (image) => waitFor(`${image} is built`, async () => succeeded(await builds(), image), { explain }),
    failed: (image) => waitFor(`the build of ${image} fails`, async () => failed(await builds(), image), { explain }),
    ready: (app, count = 1) =>
      waitFor(`${count} Pods of ${app} are Ready`, async () => allReady(await pods(), await builds(), app, count), {
        explain,
      }),
    waitFor: (what, look, seconds) => waitFor(what, look, { explain, ...(seconds === undefined ? {} : { seconds }) }),
  };
}

async function apply(kubectl: Kubectl, items: readonly object[]): Promise<void> {
  await kubectl(['apply', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

function succeeded(builds: readonly NixBuild[], image: string): NixBuild | undefined {
  const build = builds.find(({ spec }) => spec.imageTag === image);
  const status = build?.status.status;
  if (status === 'Failed') throw new Hopeless(`it failed: ${JSON.stringify(build?.status.failure)}`);
  return status === 'Succeeded' ? build : undefined;
}

function failed(builds: readonly NixBuild[], image: string) {
  const build = builds.find(({ spec }) => spec.imageTag === image);
  if (build?.status.status === 'Succeeded') throw new Hopeless('it succeeded');
  const failure = build?.status.failure;
  if (build?.status.status !== 'Failed' || failure === undefined) return undefined;
  return { ...build, status: { ...build.status, failure } };
}

function allReady(pods: readonly Pod[], builds: readonly NixBuild[], app: string, count: number): Pod[] | undefined {
  const found = pods.filter(({ metadata }) => metadata.labels.app === app);
  if (found.length === count && found.every(isReady)) return found;
  refuseFailedBuild(builds, new Set(found.flatMap(({ spec }) => spec.containers.map(({ image }) => image))));
  const waiting = found.flatMap((pod) => waitingContainers(pod).map((text) => `${pod.metadata.name} ${text}`));
  throw new Error(`${found.filter(isReady).length} of ${found.length} are; waiting: ${waiting.join(', ') || 'none'}`);
}

function refuseFailedBuild(builds: readonly NixBuild[], images: ReadonlySet<string>): void {
  for (const { spec, status } of builds) {
    if (status.status !== 'Failed' || !images.has(spec.imageTag)) continue;
    throw new Hopeless(`the build of ${spec.imageTag} failed: ${JSON.stringify(status.failure)}`);
  }
}
