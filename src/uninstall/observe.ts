import { label, manager } from '../api/labels.ts';
import { type NodeView, projectNode } from '../cluster-view/node.ts';
import {
  type ClaimView,
  type JobView,
  type NixBuild,
  type NixStore,
  projectClaim,
  projectJob,
  projectNixBuild,
  projectNixStore,
  projectVolume,
  type VolumeView,
} from '../cluster-view/objects.ts';
import { type PodView, projectJobPod } from '../cluster-view/pod.ts';
import { projectMeta } from '../cluster-view/project-meta.ts';
import { ours, rawOf } from '../cluster-view/raw.ts';
import { resource } from '../cluster-view/resources.ts';
import { isNotFound } from '../runtime/api-status.ts';
import type { KubeClient, ListSelection, ObjectPage, ResourceType, Selection } from '../runtime/kube-client.ts';
import type { Observed } from '../runtime/kube-object.ts';
import { claimsOfEnbi, jobsOfEnbi, keysOf, podsInQuestion, podsOfEnbi, volumesOfEnbi } from './made-by-enbi.ts';

/** What of enbi is in the cluster: what enbi made, whoever else labelled theirs so. */
export interface Remains {
  readonly controller: Observed | undefined;
  readonly controllerPods: readonly Observed[];
  readonly jobs: readonly JobView[];
  readonly jobPods: readonly PodView[];
  readonly nodes: readonly NodeView[];
  readonly claims: readonly ClaimView[];
  readonly volumes: readonly VolumeView[];
  readonly stores: readonly NixStore[];
  /** Those that enbi made for Pods; a person's stay that person's. */
  readonly builds: readonly NixBuild[];
}

export const deployments = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
} as const;

const controllerName = 'enbi-controller';
const managed = { labelSelector: `${label.managedBy}=${manager}` };

export async function observeRemains(client: KubeClient, namespace: string): Promise<Remains> {
  const all = async <T>(type: ResourceType, selection: Selection, project: (raw: unknown) => T | undefined) =>
    (await listAll(client, type, selection)).map(project).filter((object) => object !== undefined);
  const controllers = { namespace, labelSelector: 'app.kubernetes.io/name=enbi' };
  const builds = await all(resource.builds, {}, projectNixBuild);
  const stores = await all(resource.stores, {}, projectNixStore);
  const jobs = jobsOfEnbi(await all(resource.jobs, managed, projectJob), { builds, stores }, namespace);
  return {
    controller: observed(await client.get(deployments, { namespace, name: controllerName })),
    controllerPods: await all(resource.pods, controllers, observed),
    jobs,
    jobPods: await readJobPods(client, jobs, namespace),
    nodes: await all(resource.nodes, {}, projectNode),
    claims: claimsOfEnbi(await all(resource.claims, managed, projectClaim), stores),
    volumes: volumesOfEnbi(await all(resource.volumes, managed, projectVolume), stores),
    stores,
    builds: builds.filter(({ metadata }) => ours(metadata)),
  };
}

/** Looks at the Jobs of other people only in namespaces where a Pod says to be of a Job of enbi's that is gone. */
async function readJobPods(client: KubeClient, jobs: readonly JobView[], namespace: string): Promise<PodView[]> {
  const labelled = (await listAll(client, resource.pods, managed)).flatMap((raw) => projectJobPod(raw) ?? []);
  const enbi = keysOf(jobs);
  const inQuestion = podsInQuestion(labelled, enbi, namespace).map(({ metadata }) => metadata.namespace ?? '');
  const lists = [...new Set(inQuestion)].map((each) => listAll(client, resource.jobs, { namespace: each }));
  const there = (await Promise.all(lists)).flat().flatMap((raw) => observed(raw) ?? []);
  return podsOfEnbi(labelled, { enbi, all: keysOf(there) }, namespace);
}

function observed(raw: unknown): Observed | undefined {
  return raw === undefined ? undefined : { metadata: projectMeta(rawOf(raw)) };
}

async function listAll(client: KubeClient, type: ResourceType, selection: Selection): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  let continueToken: string | undefined;
  do {
    const page = await pageOf(client, type, { ...selection, limit: 500, continueToken });
    items.push(...page.items);
    continueToken = page.continueToken;
  } while (continueToken !== undefined);
  return items;
}

/** Of a kind that has been removed already there is nothing. */
async function pageOf(
  client: KubeClient,
  type: ResourceType,
  selection: ListSelection,
): Promise<Omit<ObjectPage, 'resourceVersion'>> {
  try {
    return await client.list(type, selection);
  } catch (thrown) {
    if (isNotFound(thrown)) return { items: [] };
    throw thrown;
  }
}
