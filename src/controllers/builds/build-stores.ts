import type { NodeView } from '../../cluster-view/node.ts';
import type { JobView, NamespaceView, NixBuild, NixStore } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { ObjectStore } from '../../runtime/store.ts';

export interface BuildStores {
  readonly builds: ObjectStore<NixBuild, 'image' | 'name' | 'store' | 'node' | 'history' | 'road' | 'warm' | 'builtBy'>;
  readonly stores: ObjectStore<NixStore, 'scoped'>;
  readonly nodes: ObjectStore<NodeView>;
  readonly namespaces: ObjectStore<NamespaceView>;
  readonly jobs: ObjectStore<JobView, 'build' | 'tenant' | 'builders'>;
  /** Pods that ask for images. */
  readonly pods: ObjectStore<PodView, 'image' | 'asks'>;
  /** Pods of enbi's own Jobs. */
  readonly jobPods: ObjectStore<PodView, 'job'>;
}
