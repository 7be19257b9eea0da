import { labelSelector } from './label-selector.ts';
import { nixSettings } from './nix-settings.ts';
import { openHosts } from './open-hosts-setting.ts';
import { processSettings } from './process-settings.ts';
import {
  absolutePath,
  bool,
  oneOf,
  positive,
  quantity,
  required,
  type Setting,
  secondsOrAlways,
  setting,
  snapshotter,
  text,
  unset,
  whole,
} from './setting.ts';
import { tolerations } from './tolerations.ts';

/**
 * Every setting of the controller, once. From an entry come its flag and environment variable (named after its key), its row in
 * docs/reference/settings.md and its value in the chart; `npm run generate` writes the last two. The order is the documents'.
 */
export const settingsTable = {
  namespace: setting(text, 'enbi', {
    argument: 'name',
    group: 'Installation',
    help: "enbi's own namespace, where agents run",
    meaning:
      "enbi's own namespace. Agents and prepare Jobs run there; it must allow privileged Pods, and nobody but enbi should make Pods in it.",
  }),
  image: required(text, {
    argument: 'name',
    group: 'Installation',
    help: "enbi's own image, for its Jobs",
    meaning: "enbi's own image, for its Jobs. The same as the controller's.",
  }),
  imagePullPolicy: setting(oneOf(['Always', 'IfNotPresent', 'Never']), 'IfNotPresent', {
    argument: 'policy',
    group: 'Installation',
    help: 'pull policy of the Jobs',
    meaning: 'How the nodes get that image: `Always`, `IfNotPresent` or `Never`.',
  }),
  containerdSocket: unset(absolutePath, {
    argument: 'path',
    group: 'Installation',
    help: 'on the nodes; unset: the known places are tried',
    meaning:
      "Where containerd's socket is on the nodes, as an absolute path. Unset: the places of k3s, RKE2, k0s, MicroK8s and plain containerd are tried in turn.",
    chart: 'nodes.containerdSocket',
  }),
  unpackImages: unset(snapshotter, {
    argument: 'snapshotter',
    group: 'Installation',
    help: 'unpack images as they are loaded; unset: containerd does it later',
    meaning:
      "Unpack each image while it is loaded, into this snapshotter of containerd's: `overlayfs`, unless the nodes' containerd is configured for another. Unset: containerd unpacks when it makes the first container of the image. See [performance](performance.md#unpacking). Where it fails, the import succeeds all the same and its log says so.",
    chart: 'nodes.unpackImages',
  }),
  nodeRepel: unset(labelSelector, {
    argument: 'selector',
    group: 'Installation',
    help: 'label selector of nodes that build nothing',
    meaning: 'Nodes that build nothing, by labels: `key`, `!key`, `key=value`, `key!=value`, several with commas.',
    chart: 'nodes.repel',
  }),
  tolerations: unset(tolerations, {
    argument: 'list',
    group: 'Installation',
    help: 'taints of nodes that may build all the same',
    meaning:
      "Tainted nodes that may build all the same, for all of enbi's Jobs: `key=value:Effect`, `key:Effect`, `key` or `*` for every taint, several with commas. Nodes under pressure (disk, memory, PIDs), cordoned ones and those that are not ready never build.",
    chart: 'nodes.tolerations',
  }),
  openImageHosts: unset(openHosts, {
    argument: 'hosts',
    group: 'Installation',
    help: 'public registries whose names may be built, separated by spaces',
    meaning:
      'Public registries whose image names may be built all the same, each with or without the beginning of a path: `ghcr.io/team`; on the command line separated by spaces. Unset: none, see [which names may be used](annotations.md#which-image-names-may-be-used). Whoever may make NixBuilds then decides what every Pod gets that names an image there which its node does not have.',
    chart: 'images.openHosts',
  }),
  refuseVulnerableNodes: setting(bool, false, {
    argument: 'bool',
    group: 'Installation',
    help: 'whether nodes whose containerd has known holes build nothing',
    meaning:
      "`true`: nodes whose containerd is older than 1.7.33, 2.0.10, 2.1.9, 2.2.5 or 2.3.2 of its line build nothing and get no image from enbi; those whose version cannot be read do. Through such a containerd an image may become root on the node, or take another's name. `false`: they are used, and `kubectl enbi doctor` warns.",
    chart: 'nodes.refuseVulnerable',
  }),
  ...nixSettings,
  buildTimeout: setting(positive, 7200, {
    argument: 'seconds',
    group: 'Limits of a build',
    help: 'longest build of one derivation',
    meaning: 'Longest build of one derivation. The whole Job gets 15 minutes more.',
    chart: 'builds.timeoutSeconds',
  }),
  buildMaxSilent: setting(positive, 1800, {
    argument: 'seconds',
    group: 'Limits of a build',
    help: 'longest silence of a build',
    meaning: 'Longest time a derivation may write nothing to its log.',
    chart: 'builds.maxSilentSeconds',
  }),
  buildJobs: setting(positive, 2, {
    argument: 'count',
    group: 'Limits of a build',
    help: 'derivations built at once in one Job',
    meaning: 'Derivations built at once in one Job.',
    chart: 'builds.jobs',
  }),
  buildCores: setting(whole, 0, {
    argument: 'count',
    group: 'Limits of a build',
    help: 'cores of one derivation; 0: all',
    meaning: 'Cores a derivation is told to use. 0: all of the node.',
    chart: 'builds.cores',
  }),
  buildCpu: setting(quantity, '100m', {
    argument: 'quantity',
    group: 'Limits of a build',
    help: 'CPU a build requests',
    meaning:
      'CPU that the Pod of a build requests, half of it by each of its two containers; no more than the limit, if there is one.',
    chart: 'builds.resources.requests.cpu',
  }),
  buildCpuLimit: unset(quantity, {
    argument: 'quantity',
    group: 'Limits of a build',
    help: 'CPU a build may use; unset: what the node has',
    meaning:
      'Most CPU that each of the two containers of a build Job may use; a quota of `limits.cpu` counts both. Unset: no limit; where a quota counts `limits.cpu`, Pods without one are refused, unless a LimitRange gives them one.',
    chart: 'builds.resources.limits.cpu',
  }),
  buildMemory: setting(quantity, '256Mi', {
    argument: 'quantity',
    group: 'Limits of a build',
    help: 'memory a build requests',
    meaning:
      'Memory that the Pod of a build requests, half of it by each of its two containers; no more than the limit, if there is one.',
    chart: 'builds.resources.requests.memory',
  }),
  buildMemoryLimit: unset(quantity, {
    argument: 'quantity',
    group: 'Limits of a build',
    help: 'memory a build may use; unset: what the node has',
    meaning:
      'Most memory that each of the two containers of a build Job may use. Unset: no limit; for a quota that counts `limits.memory`, the same as with CPU.',
    chart: 'builds.resources.limits.memory',
  }),
  temporaryLimit: setting(quantity, '10Gi', {
    argument: 'quantity',
    group: 'Limits of a build',
    help: 'most that fetching and building may each keep in /tmp',
    meaning:
      'Most that each container of a build Job may keep in `/tmp`; a Pod with more is evicted, and the build tried again. Builders work in the store, not there; a flake that is fetched with a Secret passes through it.',
    chart: 'builds.temporaryLimit',
  }),
  importMemoryLimit: setting(quantity, '1Gi', {
    argument: 'quantity',
    group: 'Limits of a build',
    help: 'memory that an import may use',
    meaning:
      'Most memory that an import may use. 150 MB do for nearly all images; a layer of nix2container with some 100,000 files takes more.',
    chart: 'builds.importMemoryLimit',
  }),
  agentIdle: setting(secondsOrAlways, 600, {
    argument: 'seconds',
    group: 'Limits of a build',
    help: 'how long an agent stays on a node with nothing to do, or always',
    meaning:
      'How long the agent of a node, which loads images there, stays when it has nothing to do; it takes about 60 MB. `0`: it goes at once, and the next image waits about a second longer. `always`: there is one on every node that may build.',
    chart: 'nodes.agentIdle',
  }),
  builderIdle: setting(whole, 300, {
    argument: 'seconds',
    group: 'Limits of a build',
    help: 'how long the Pod of a build stays for other builds',
    meaning:
      'How long the Pod of a build that has succeeded stays, so that the next build of its namespace, node, store, Secret and isolation need not wait for a Pod: about a second. It takes 20 MB at most, counts against the quotas of its namespace with what builds request, and goes when something else needs the room. `0`: it goes at once, as it does with `--read-build-logs false`.',
    chart: 'builds.idleSeconds',
  }),
  maxBuilds: setting(positive, 20, {
    argument: 'count',
    group: 'Limits of a build',
    help: 'NixBuilds under way at once, in all',
    meaning:
      'Most NixBuilds that are under way at once, in all; one namespace has all but one of them at most. The others wait with reason `WaitingForTurn`; namespaces take turns.',
    chart: 'builds.max',
  }),
  maxBuildsPerNode: setting(positive, 4, {
    argument: 'count',
    group: 'Limits of a build',
    help: 'NixBuilds under way at once on one node',
    meaning:
      'Most NixBuilds that are under way at once on one node; one namespace has all but one of them at most, unless there is only one.',
    chart: 'builds.maxPerNode',
  }),
  storeClaimSize: setting(quantity, '1Gi', {
    argument: 'quantity',
    group: 'Limits of a build',
    help: 'what the claim of a store asks for; nothing enforces it',
    meaning:
      "What the volume and the claim of a new store say they hold. It counts against the namespace's quotas of storage, and nothing else: the store is a directory and grows with the builds. Stores that exist keep what they say.",
    chart: 'builds.storeClaimSize',
  }),
  maxAttempts: setting(positive, 6, {
    argument: 'count',
    group: 'Limits of a build',
    help: 'attempts before a failure of the infrastructure counts as one',
    meaning:
      'Attempts before a build has `Failed` for the infrastructure. How it goes on then, and after other failures: [what is tried again](retries.md).',
    chart: 'builds.maxAttempts',
  }),
  buildAhead: setting(bool, true, {
    argument: 'bool',
    group: 'Limits of a build',
    help: 'whether a new tag of what was built before is built before the kubelet misses it',
    meaning:
      '`true`: where enbi has built another tag of a repository for a namespace, a Pod with a new one has it built as soon as the kubelet has the Pod, which is a second before it says that the image is missing. The image is loaded only when the kubelet has said so; if it is there after all, the build ends and its NixBuild is deleted. `false`: nothing is built before its image is known to be missing.',
    chart: 'builds.ahead',
  }),
  readBuildLogs: setting(bool, true, {
    argument: 'bool',
    group: 'Limits of a build',
    help: 'whether logs are followed for results and progress of builds',
    meaning:
      '`true`: the logs of the Pods of builds and imports are followed, for their results the moment they are known and for `status.progress`, which takes the right to read every log of the cluster. `false`: no log is read, the right is not needed (the chart leaves it out; with kustomize the component `deploy/without-build-logs` does), each stage is seen to have ended up to a second later, and `status.progress` names the stage alone. Builds and their results are the same.',
    chart: 'builds.readLogs',
  }),
  ...processSettings,
} satisfies Readonly<Record<string, Setting<unknown>>>;

type Table = typeof settingsTable;

/** What the command line and the environment said, parsed. */
export type GivenSettings = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer Value> ? Value : never;
};
