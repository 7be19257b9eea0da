import type { Ceiling } from './ceiling.ts';
import { keptCeilings } from './kept-ceilings.ts';
import { reportedCeilings } from './reported-ceilings.ts';
import { stepCeilings } from './step-ceilings.ts';

const refused =
  'The API server refuses the object, by a policy of `deploy/admission-tenants.yaml`, where that is installed.';

/**
 * Every bound that does not depend on a setting, in one place: the code reads its numbers here, and docs/reference/ceilings.md is
 * generated from here. A tenant can write objects up to the API server's own limits (1.5 MiB of an object, 256 KiB of annotations).
 */
export const ceilings = {
  passes: {
    scope: 'namespace',
    counts: 'looks at NixBuilds at once, and at Pods, of the 16 that the controller takes of each',
    value: 12,
    unit: '',
    beyond: 'The others wait; namespaces take turns.',
  },
  passBurst: {
    scope: 'namespace',
    counts:
      'how long looks at NixBuilds, and at Pods, take in sum while more than 32 wait and other namespaces have some as well, those that begin at once',
    value: 2000,
    unit: 'milliseconds',
    beyond:
      'The others wait; what is under way, or waits for an image, comes before what is a record or stands outside.',
  },
  passShare: {
    scope: 'namespace',
    counts: 'how long such looks take in sum after that',
    value: 250,
    unit: 'milliseconds a second',
    beyond: 'The same. A namespace beside which nobody has any is not kept.',
  },
  queued: {
    scope: 'namespace',
    counts: 'NixBuilds that wait for their turn and are in the queue',
    value: 200,
    unit: '',
    beyond: 'Those that have waited longest come first; the others wait outside, which their condition tells.',
  },
  alike: {
    scope: 'namespace',
    counts:
      'NixBuilds or Pods of one image, NixBuilds in one store, or records of its history, that are all looked at whenever one of them changes',
    value: 64,
    unit: '',
    beyond: 'All of them are looked at at once, and then at most four times a second.',
  },
  ...keptCeilings,
  message: {
    scope: 'object',
    counts: 'characters of a message in a condition or an event',
    value: 1024,
    unit: '',
    beyond: 'The message is cut, with an ellipsis at its end.',
  },
  namesOfPod: {
    scope: 'object',
    counts: 'image names of a Pod that are noted as in use, of those its containers have and of those they wait for',
    value: 16,
    unit: '',
    beyond: 'Other names are not noted: another namespace may have them built.',
  },
  namesOfNode: {
    scope: 'object',
    counts: 'image names of a node that are noted as in use (the kubelet tells 50 images with 5 names each)',
    value: 250,
    unit: '',
    beyond: 'Other names are not noted; the importer still finds them on that node.',
  },
  namesOnNodes: {
    scope: 'cluster',
    counts: 'image names of all nodes that are noted as in use',
    value: 20_000,
    unit: '',
    beyond: 'Other names are not noted; the importer still finds them on the node it is on.',
  },
  namesOfStore: {
    scope: 'object',
    counts: 'image names that a NixStore remembers as its namespace’s, the last that were loaded',
    value: 128,
    unit: '',
    beyond:
      'The name that was loaded longest ago is forgotten: it is the namespace’s as long as a NixBuild or a node has it.',
  },
  storesOfNamespace: {
    scope: 'namespace',
    counts: 'stores on a node that are for the flakes of one repository each',
    value: 16,
    unit: '',
    beyond:
      'The one that was used longest ago is removed to make room, as soon as no build of it is under way; a build whose repository has none yet waits for that, which its condition tells.',
  },
  namesOfNamespace: {
    scope: 'namespace',
    counts: 'image names of the Pods of a namespace that are noted as in use',
    value: 2000,
    unit: '',
    beyond: 'Other names of its Pods are not noted: another namespace may have them built.',
  },
  refusals: {
    scope: 'cluster',
    counts: 'objects of each kind of which is remembered what the API server refused enbi for them',
    value: 2000,
    unit: '',
    beyond: 'The oldest is forgotten: it is tried again at once, and told again.',
  },
  refusalsOfOne: {
    scope: 'object',
    counts: 'writes that the API server refused enbi for it and that are remembered',
    value: 16,
    unit: '',
    beyond: 'The oldest is forgotten: it is tried again at once, and told again.',
  },
  collections: {
    scope: 'cluster',
    counts: "times a second the controller's metrics are collected",
    value: 1,
    unit: '',
    beyond: 'Whoever asks sooner is answered what was collected last.',
  },
  pins: {
    scope: 'namespace',
    counts: 'images that are kept on one node from being collected until their Pods have started',
    value: 8,
    unit: '',
    beyond:
      'Further images are loaded all the same; the kubelet may collect one before its Pod has started, and then it is loaded again.',
  },
  keptJobs: {
    scope: 'namespace',
    counts: 'build Jobs of successes that stay for a while, so that their logs can be read',
    value: 3,
    unit: '',
    beyond: 'The oldest are removed. How long the others stay: `--job-ttl-after-success`.',
  },
  probeConnections: {
    scope: 'cluster',
    counts: "connections to the controller's port of probes and metrics",
    value: 100,
    unit: '',
    beyond: 'The oldest connection is closed, so that the kubelet and Prometheus are answered all the same.',
  },
  podAnnotations: {
    scope: 'object',
    counts: 'annotations of a Pod that begin with `enbi.hrzn.ee/nixbuild-`',
    value: 64,
    unit: '',
    beyond: 'The Pod is told [TooLarge](reasons.md#toolarge) once an hour and is otherwise ignored.',
  },
  podContainers: {
    scope: 'object',
    counts: 'containers of a Pod and volumes that are images, together',
    value: 250,
    unit: '',
    beyond: 'The same.',
  },
  admittedAnnotation: {
    scope: 'object',
    counts: 'an annotation of a NixBuild, or one of a Pod that begins with `enbi.hrzn.ee/nixbuild-`',
    value: 4096,
    unit: 'characters',
    beyond: refused,
  },
  admittedAnnotations: {
    scope: 'object',
    counts: 'annotations, or labels, of a NixBuild',
    value: 64,
    unit: '',
    beyond: refused,
  },
  admittedOwners: { scope: 'object', counts: 'owner references of a NixBuild', value: 16, unit: '', beyond: refused },
  admittedFinalizers: { scope: 'object', counts: 'finalizers of a NixBuild', value: 8, unit: '', beyond: refused },
  ownContainers: {
    scope: 'object',
    counts: 'containers of a Pod with the labels of enbi’s own',
    value: 12,
    unit: '',
    beyond: 'The first ones are read.',
  },
  podCharacters: {
    scope: 'object',
    counts: 'what is kept of a Pod: its annotations, the names and images of its containers',
    value: 16_384,
    unit: 'characters',
    beyond: 'The Pod is told [TooLarge](reasons.md#toolarge) once an hour and is otherwise ignored.',
  },
  problems: {
    scope: 'object',
    counts: 'problems that a Pod is told of at once',
    value: 4,
    unit: '',
    beyond: 'One more event says how many more there are. When the first are mended, the next are told.',
  },
  eventsOfReason: {
    scope: 'object',
    counts: 'different events of an object for one reason',
    value: 5,
    unit: 'an hour',
    beyond:
      'The others are left out and counted in `enbi_events_left_out_total`. What is true for longer is told later.',
  },
  eventBurst: {
    scope: 'namespace',
    counts: 'events about objects of a namespace that are written at once, after a silence',
    value: 200,
    unit: '',
    beyond: 'The others are left out and counted; the controller’s log names the namespace once an hour.',
  },
  eventRate: {
    scope: 'namespace',
    counts: 'events about objects of a namespace after that',
    value: 60,
    unit: 'a minute',
    beyond: 'The same.',
  },
  eventMemory: {
    scope: 'namespace',
    counts: 'events that are remembered, so as not to be written again',
    value: 1000,
    unit: '',
    beyond: 'The oldest are looked up at the API server, where they are found for an hour.',
  },
  clusterEventBurst: {
    scope: 'cluster',
    counts: 'events that are written at once, after a silence',
    value: 2000,
    unit: '',
    beyond: 'The others are left out and counted.',
  },
  clusterEventRate: {
    scope: 'cluster',
    counts: 'events after that',
    value: 600,
    unit: 'a minute',
    beyond: 'The same.',
  },
  eventNamespaces: {
    scope: 'cluster',
    counts: 'namespaces whose events are remembered',
    value: 2000,
    unit: '',
    beyond: 'The one that was not told of for longest is forgotten: its events are looked up.',
  },
  annotation: {
    scope: 'object',
    counts: 'an annotation of a NixBuild, Namespace or Node that enbi reads',
    value: 253,
    unit: 'characters',
    beyond: 'The value counts as another that means nothing; as a new one, where any new value asks for something.',
  },
  owners: {
    scope: 'object',
    counts: 'owner references that are read: of who controls the object',
    value: 1,
    unit: '',
    beyond: 'The others are ignored.',
  },
  word: {
    scope: 'object',
    counts: 'a word of a status, such as a reason or a phase',
    value: 253,
    unit: 'characters',
    beyond: 'The word is cut.',
  },
  kubeletMessage: {
    scope: 'object',
    counts: 'what the kubelet says of a container: why it waits, or its termination message',
    value: 4096,
    unit: 'characters',
    beyond: 'It is cut. The kubelet itself keeps 4096 bytes of a termination message.',
  },
  ...reportedCeilings,
  nodeNames: {
    scope: 'object',
    counts: 'names of nodes in `status.nodes` of a NixBuild, together',
    value: 65_536,
    unit: 'characters',
    beyond: 'The field counts as absent: the image is looked for again.',
  },
  ...stepCeilings,
} as const satisfies Readonly<Record<string, Ceiling>>;
