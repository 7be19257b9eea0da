import { ceilings } from '../api/ceilings.ts';
import { label, manager, marks } from '../api/labels.ts';
import type { StoreScope } from '../api/order.ts';
import { splitKey } from '../runtime/kube-object.ts';
import { ObjectStore } from '../runtime/store.ts';
import { waitsForImage } from './container.ts';
import { historyIndexes } from './history.ts';
import { agentIndex, buildIndexes, jobIndexes, jobPodIndexes, podIndexes, storeIndexes } from './indexes.ts';
import { NameUsers } from './name-users.ts';
import { imagesOfNode, imagesOfPod } from './names-in-use.ts';
import { projectNode } from './node.ts';
import {
  type NixBuild,
  projectClaim,
  projectJob,
  projectNamespace,
  projectNixBuild,
  projectNixStore,
  projectVolume,
} from './objects.ts';
import { type PodView, projectAskingPod, projectJobPod } from './pod.ts';
import { rawOf } from './raw.ts';
import { resource } from './resources.ts';
import { isUnderWay, roadIndexes } from './road.ts';
import { scopeOf } from './store-scope.ts';

const { keptInAll, keptOfEach, keptPods, keptBuilds } = ceilings;

/** Both kinds are made by tenants, as many as they like. */
const byNamespace = {
  groupOf: (key: string) => splitKey(key).namespace,
  inAll: keptInAll.value,
  ofEach: keptOfEach.value,
};

const roomOf = {
  pods: {
    ...byNamespace,
    ofGroup: keptPods.value,
    isNeeded: ({ containers }: PodView) => containers.some(waitsForImage),
  },
  builds: { ...byNamespace, ofGroup: keptBuilds.value, isNeeded: isUnderWay },
};

/** The controller's view of the cluster: one store for each resource it watches. A snapshot may keep all there is. */
export function createStores(storeScope: StoreScope = 'namespace', keeps: 'within bounds' | 'all' = 'within bounds') {
  const room = <Name extends keyof typeof roomOf>(name: Name) => (keeps === 'all' ? {} : { room: roomOf[name] });
  return {
    pods: new ObjectStore({
      resource: resource.pods,
      project: projectAskingPod,
      indexes: podIndexes,
      ...room('pods'),
    }),
    jobPods: new ObjectStore({ resource: resource.pods, project: ifMarked(projectJobPod), indexes: jobPodIndexes }),
    podImages: new NameUsers({ resource: resource.pods, project: imagesOfPod, most: ceilings.namesOfNamespace.value }),
    nodes: new ObjectStore({ resource: resource.nodes, project: projectNode }),
    nodeImages: new NameUsers({ resource: resource.nodes, project: imagesOfNode, most: ceilings.namesOnNodes.value }),
    namespaces: new ObjectStore({ resource: resource.namespaces, project: projectNamespace }),
    volumes: new ObjectStore({ resource: resource.volumes, project: ifMarked(projectVolume) }),
    claims: new ObjectStore({ resource: resource.claims, project: ifMarked(projectClaim) }),
    jobs: new ObjectStore({
      resource: resource.jobs,
      project: ifMarked(projectJob),
      indexes: { ...jobIndexes, ...agentIndex },
    }),
    builds: new ObjectStore({
      resource: resource.builds,
      project: (raw) => withScope(projectNixBuild(raw), storeScope),
      indexes: { ...buildIndexes, ...historyIndexes, ...roadIndexes },
      ...room('builds'),
    }),
    stores: new ObjectStore({ resource: resource.stores, project: projectNixStore, indexes: storeIndexes }),
  };
}

/**
 * Of what bears enbi's label and none of its marks, nothing is kept: anybody may make thousands such, and where deploy/admission-tenants.yaml
 * is installed only enbi makes what is marked.
 */
function ifMarked<T>(project: (raw: unknown) => T | undefined): (raw: unknown) => T | undefined {
  return (raw) => {
    const labels = rawOf(rawOf(rawOf(raw).metadata).labels);
    return marks.some((mark) => Object.hasOwn(labels, mark)) ? project(raw) : undefined;
  };
}

function withScope(build: NixBuild, setting: StoreScope): NixBuild {
  const storeScope = scopeOf(build, setting);
  return storeScope === undefined ? build : { ...build, storeScope };
}

export type Stores = ReturnType<typeof createStores>;

const managed = { labelSelector: `${label.managedBy}=${manager}` };

/** Pods that ended are waiting for no image, and use none. */
const live = { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' };

/** What the API server is asked to leave out. */
export const selections: { readonly [Name in keyof Stores]: { labelSelector?: string; fieldSelector?: string } } = {
  pods: live,
  podImages: live,
  jobPods: managed,
  nodes: {},
  nodeImages: {},
  namespaces: {},
  volumes: managed,
  claims: managed,
  jobs: managed,
  builds: {},
  stores: {},
};
