/** Names of enbi's annotations, labels and fixed objects: the contract with users' manifests and between enbi's own processes. */
export const group = 'enbi.hrzn.ee';
export const version = 'v1alpha1';
export const apiVersion = `${group}/${version}`;

/** Annotations a user writes on a Pod. A suffix `.<container>` addresses one container; see docs/reference/annotations.md. */
export const podAnnotation = {
  flakeUrl: `${group}/nixbuild-flakeUrl`,
  packageName: `${group}/nixbuild-packageName`,
  imageTag: `${group}/nixbuild-imageTag`,
  secretName: `${group}/nixbuild-secretName`,
  /** Written by enbi to make the kubelet look at the Pod at once. */
  wokenAt: `${group}/woken-at`,
} as const;

/** How every annotation begins that a user writes on a Pod; one that goes on otherwise is misspelt. */
export const podAnnotationPrefix = `${group}/nixbuild-`;

/** Annotations enbi writes on its own Pods, mounted into them as files by the downward API. */
export const order = `${group}/order`;
/** On a Pod that lives on: what it is to do now. */
export const ordersAnnotation = `${group}/orders`;

/** Annotation on a NixBuild: any new value asks for another attempt after a failure. */
export const retryAnnotation = `${group}/retry`;

/** Annotation on a NixBuild: any new value ends it while it is under way. */
export const cancelAnnotation = `${group}/cancel`;

/** Annotation on a NixBuild that enbi made before the kubelet had said that the image is missing. */
export const aheadAnnotation = `${group}/ahead`;

/** Annotation on a Namespace: `Sandboxed` or `Unprivileged` instead of what enbi would choose. */
export const isolationAnnotation = `${group}/isolation`;

/** Annotation on a Node: further Nix systems it can build for, separated by commas. */
export const systemsAnnotation = `${group}/systems`;

/** Label on a Node that keeps builds away. */
export const repelLabel = `${group}/repel`;

/** Label on a Namespace whose Pods may collect the controller's metrics: `allowed`. The NetworkPolicy of deploy/network.yaml reads it. */
export const metricsLabel = `${group}/metrics`;

export const label = {
  managedBy: 'app.kubernetes.io/managed-by',
  /** What a Job does: prepare, build, remove, or be a node's agent. */
  component: 'app.kubernetes.io/component',
  buildNamespace: `${group}/build-namespace`,
  buildName: `${group}/build-name`,
  buildUid: `${group}/build-uid`,
  store: `${group}/store`,
  storeUid: `${group}/store-uid`,
  tenant: `${group}/tenant`,
  uninstall: `${group}/uninstall`,
  /** Of a build Job that stays when it has built: what it is made of, so that a build finds one that does for it. */
  builder: `${group}/builder`,
  /** The uid of the node whose agent it is. */
  agentOf: `${group}/agent-of`,
  /** Its name, as an annotation: it may be longer than a label holds. */
  agentNode: `${group}/agent-node`,
} as const;

/** Label on a Namespace: the level of Pod Security that is enforced there. */
export const podSecurityLabel = 'pod-security.kubernetes.io/enforce';

/** All that is read of an object's labels and annotations, except of a Node's labels and a Pod's annotations: no other is kept. */
export const readLabels: readonly string[] = [
  label.managedBy,
  label.buildUid,
  label.store,
  label.storeUid,
  label.agentOf,
  label.builder,
  label.uninstall,
  podSecurityLabel,
];
/** One of them is on each Job, Pod, volume and claim that the controller makes. deploy/admission-tenants.yaml refuses them to others. */
export const marks: readonly string[] = [label.buildUid, label.storeUid, label.agentOf];
/** Of the NixBuild or the node that a Job or its Pod works for. */
export const workAnnotations: readonly string[] = [label.buildNamespace, label.buildName, label.agentNode];
export const readAnnotations: readonly string[] = [
  podAnnotation.secretName,
  retryAnnotation,
  cancelAnnotation,
  aheadAnnotation,
  isolationAnnotation,
  systemsAnnotation,
  ...workAnnotations,
];

/** Labels on image records in containerd, while an image is pinned. */
export const pinnedBy = `${group}/pinned-by`;
export const pinnedUntil = `${group}/pinned-until`;
/** Beside the pin of enbi's own image. */
export const ownImage = `${group}/own-image`;

/** Value of the managed-by label and the field manager of every write. */
export const manager = 'enbi';
