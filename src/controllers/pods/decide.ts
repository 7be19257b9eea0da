import { ceilings } from '../../api/ceilings.ts';
import { apiVersion, podAnnotation, retryAnnotation } from '../../api/labels.ts';
import type { Reason } from '../../api/reasons.ts';
import type { NodeView } from '../../cluster-view/node.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { outlook } from '../../cluster-view/outlook.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { refusedWords } from '../../cluster-view/refused.ts';
import { architectures, nativeSystem } from '../../cluster-view/system.ts';
import { shorten } from '../../printable.ts';
import type { ObjectRef } from '../../runtime/kube-object.ts';
import { type Action, type Event, type Plan, settled } from '../../runtime/plan.ts';
import { expectedWants } from './expected.ts';
import { goesOn } from './goes-on.ts';
import { lastWord } from './last-word.ts';
import { misplacedAnnotations } from './misplaced-annotations.ts';
import { nixBuildFor } from './nix-build.ts';
import type { SeenPod } from './observe.ts';
import { hasOldSecret, withSecretByNow } from './other-secret.ts';
import type { Problem } from './problem.ts';
import { unusableImages } from './unusable-images.ts';
import { type Want, wantsOf } from './wants.ts';

export type PodBecause =
  | 'PodIsGoing'
  | 'NothingWanted'
  | 'NodeUnknown'
  | 'SystemUnsupported'
  | 'BuildMissing'
  | 'WriteWasRefused'
  | 'BuildIsGoing'
  | 'SecretIsOld'
  | 'BuildUnderWay'
  | 'BuildFailed'
  | 'BuildCancelled'
  | 'ImageIsThere'
  | 'AlreadyWoken'
  | 'AnnotationsWrong';

/** What one wanted image, or one problem, asks for; the Pod's plan is their sum. */
interface Step {
  readonly because: PodBecause;
  readonly actions?: readonly Action[];
  readonly events?: readonly Event[];
  readonly recheckAfterMs?: number;
}

/**
 *   waiting ──no build──► create NixBuild ──under way──► wait ──loaded on the Pod's node──► wake (one annotation)
 *                                              └──failed──► tell the Pod why
 * Nothing is remembered here: every pass works it out anew from the Pod and the builds of its namespace.
 */
export function decidePod(seen: SeenPod): Plan<PodBecause> {
  const { pod, node } = seen;
  if (pod.metadata.deletionTimestamp !== undefined) return settled('PodIsGoing');
  if (pod.tooLarge !== undefined) return sum([tell(pod, tooLarge(pod.tooLarge))]);
  const { wants, problems } = wantsOf(pod, seen.builds);
  // What a container waits for first: it is not to stand behind annotations that say nothing.
  const all = [...problems, ...unusableImages(pod), ...misplacedAnnotations(pod)];
  const told = firstOf(all).map((problem) => tell(pod, problem));
  const wanted = wants.length === 0 ? expectedWants(seen) : wants;
  if (wanted.length === 0) return sum(told);
  // The two watches are not one: the node may come a moment after its Pod.
  if (node === undefined) return { ...sum([{ because: 'NodeUnknown' }, ...told]), recheckAfterMs: 2000 };
  const system = nativeSystem(node);
  const steps = system === undefined ? [tellSystem(pod, node)] : wanted.map((want) => decideWant(seen, want, system));
  return sum([...steps, ...told]);
}

function sum(steps: readonly Step[]): Plan<PodBecause> {
  const rechecks = steps.flatMap((step) => step.recheckAfterMs ?? []);
  return {
    because: steps.find((step) => step.actions !== undefined)?.because ?? steps[0]?.because ?? 'NothingWanted',
    actions: steps.flatMap((step) => step.actions ?? []),
    events: steps.flatMap((step) => step.events ?? []),
    ...(rechecks.length === 0 ? {} : { recheckAfterMs: Math.min(...rechecks) }),
  };
}

function decideWant(seen: SeenPod, want: Want, system: string): Step {
  const { pod } = seen;
  const build = seen.builds.find((candidate) => makes(candidate, want, system));
  if (build === undefined) {
    return isAtHand(seen, want) ? nothingToDo : requestBuild(seen, withSecretByNow(seen, want), system);
  }
  // Whatever there is to say or to do is said and done when the Pod is known to wait.
  if (want.isExpected) return nothingToDo;
  if (hasOldSecret(build, seen, want)) return makeAnew(seen, build, want);
  if (build.status.nodes?.includes(pod.nodeName ?? '') === true) return want.isAhead ? nothingToDo : wake(seen, build);
  if (build.status.status === 'Cancelled') return { because: 'BuildCancelled', events: [buildCancelled(pod, build)] };
  if (build.status.status !== 'Failed') return { because: 'BuildUnderWay', events: whileUnderWay(pod, build) };
  return { because: 'BuildFailed', events: [buildFailed(pod, build)] };
}

const nothingToDo: Step = { because: 'NothingWanted' };

/** It came without enbi; should it not be on the Pod's node, the Pod waits for it in its turn. */
function isAtHand({ onNodes }: SeenPod, { isAhead, image }: Want): boolean {
  return isAhead === true && onNodes.has(image);
}

function makes(build: NixBuild, want: Want, system: string): boolean {
  const { spec } = build;
  return (
    spec.imageTag === want.image &&
    spec.flakeUrl === want.flakeUrl &&
    spec.packageName === want.packageName &&
    spec.system === system &&
    build.metadata.deletionTimestamp === undefined
  );
}

/** Its name is worked out from what it builds, so it has to wait until one that is being deleted gives the name back. */
function requestBuild(seen: SeenPod, want: Want, system: string): Step {
  const { pod, builds } = seen;
  const manifest = nixBuildFor(pod.metadata.namespace ?? '', want, system);
  const going = builds.find(({ metadata }) => metadata.name === manifest.metadata.name);
  if (going?.metadata.deletionTimestamp !== undefined) return waitForDeletion(pod, going);
  const why = want.isExpected ? 'a new tag of what enbi has built before' : 'which is on no node yet';
  const message = `NixBuild ${manifest.metadata.name} builds ${want.image}, ${why}: ${want.packageName} for ${system} of ${want.flakeUrl}`;
  const refused = wasRefused(seen, { kind: 'NixBuild', name: manifest.metadata.name });
  if (refused !== undefined) return refused;
  return {
    because: 'BuildMissing',
    actions: [{ type: 'create', manifest }],
    events: [{ type: 'Normal', regarding: podRef(pod), reason: 'BuildRequested', message }],
  };
}

/** What enbi may not do for the Pod is told to it; another of its images is none the worse for it. */
function wasRefused({ pod, refusals }: SeenPod, { kind, name }: Pick<ObjectRef, 'kind' | 'name'>): Step | undefined {
  const refusal = refusals.find(({ ref }) => ref.kind === kind && ref.name === name);
  if (refusal === undefined) return undefined;
  const event: Event = { type: 'Warning', regarding: podRef(pod), ...refusedWords(refusal) };
  return { because: 'WriteWasRefused', events: [event], recheckAfterMs: refusal.againInMs };
}

/** A NixBuild keeps what it was made with; when it is gone, another one is made. */
function makeAnew(seen: SeenPod, { metadata }: NixBuild, { secretName }: Want): Step {
  const { name, namespace = '', uid, annotations } = metadata;
  const refused = wasRefused(seen, { kind: 'NixBuild', name });
  if (refused !== undefined) return refused;
  const before = annotations?.[podAnnotation.secretName];
  const message =
    `NixBuild ${name} could not be fetched with ${secretText(before)}; this Pod, the newest, names ${secretText(secretName)}: ` +
    'it is made anew';
  return {
    because: 'SecretIsOld',
    actions: [{ type: 'delete', ref: { apiVersion, kind: 'NixBuild', name, namespace, uid } }],
    events: [{ type: 'Normal', regarding: podRef(seen.pod), reason: 'BuildRequested', message }],
  };
}

function secretText(name: string | undefined): string {
  return name === undefined ? 'no Secret' : `Secret ${name}`;
}

/** When it is gone, that is a change of a build of this image: the Pod is looked at. */
function waitForDeletion(pod: PodView, { metadata, spec }: NixBuild): Step {
  const { name, namespace = '' } = metadata;
  const message =
    `NixBuild ${name} is being deleted; ${spec.imageTag} is built anew when it is gone. If it stays, a finalizer keeps it: ` +
    `kubectl get nixbuild --namespace ${namespace} ${name} --output jsonpath={.metadata.finalizers}`;
  const event: Event = { type: 'Warning', regarding: podRef(pod), reason: 'WaitingForDeletion', message };
  return { because: 'BuildIsGoing', events: [event] };
}

/**
 * The kubelet looks for a local image at every sync, before its back-off, but a sync comes only every 10–15 s; a changed
 * annotation makes it sync at once (pkg/kubelet/config/config.go). The value names the import, so it is written once for each.
 */
function wake(seen: SeenPod, build: NixBuild): Step {
  const { pod } = seen;
  const value = `${build.metadata.name} ${build.status.stageTimes?.importFinished ?? ''}`;
  if (pod.metadata.annotations?.[podAnnotation.wokenAt] === value) return { because: 'AlreadyWoken' };
  const refused = wasRefused(seen, { kind: 'Pod', name: pod.metadata.name });
  if (refused !== undefined) return refused;
  const patch = { metadata: { annotations: { [podAnnotation.wokenAt]: value } } };
  const message = `NixBuild ${build.metadata.name}: ${build.spec.imageTag} is loaded on ${pod.nodeName ?? ''}`;
  return {
    because: 'ImageIsThere',
    actions: [{ type: 'patch', ref: podRef(pod), patch }],
    events: [{ type: 'Normal', regarding: podRef(pod), reason: 'ImageImported', message }],
  };
}

function whileUnderWay(pod: PodView, build: NixBuild): readonly Event[] {
  const waits = waitsForPeople(pod, build);
  return waits.length === 0 ? goesOn(build, podRef(pod)) : waits;
}

/** What a build under way waits for that only people can give it. */
const givenByPeople: readonly Reason[] = ['SecretNotFound', 'EnbiImageMissing', 'RefusedByCluster', 'NameTaken'];

/** What ended its last attempt, for the same. */
const refusedToIt: readonly Reason[] = ['PodRefused', 'RefusedByCluster', 'NameTaken'];

/** What passes by itself most often. Where a second attempt comes to the same, it may be a name that is mistyped. */
const perhapsPasses: readonly Reason[] = ['NetworkUnreachable', 'FetchFailed', 'DiskFull', 'OutOfMemory'];

function waitsForPeople(
  pod: PodView,
  { metadata, status: { conditions, failure, attempts } }: NixBuild,
): readonly Event[] {
  const event = { type: 'Warning', regarding: podRef(pod) } as const;
  const ready = conditions?.find(({ type, reason }) => type === 'Ready' && givenByPeople.includes(reason));
  const told = ready ?? (failure !== undefined && refusedToIt.includes(failure.reason) ? failure : undefined);
  if (told !== undefined)
    return [{ ...event, reason: told.reason, message: `NixBuild ${metadata.name} waits: ${told.message}` }];
  if (failure === undefined || !perhapsPasses.includes(failure.reason) || (attempts ?? 0) < 2) return [];
  // Without the number of the attempt, so that it is told once.
  const message = `NixBuild ${metadata.name} failed more than once and is tried again: ${failure.message}`;
  return [{ ...event, reason: failure.reason, message }];
}

function buildFailed(pod: PodView, build: NixBuild): Event {
  const { failure, nextAttemptTime } = build.status;
  const what = `NixBuild ${build.metadata.name}: ${build.spec.imageTag} cannot be built`;
  const event = { type: 'Warning', regarding: podRef(pod), reason: 'BuildFailed' } as const;
  if (failure === undefined) return { ...event, message: what };
  const begin = `${what}: ${failure.reason} at stage ${failure.stage}: `;
  const rest = `${lastWord(failure.logTail)}${outlook(build, failure.reason, nextAttemptTime !== undefined)}`;
  const left = ceilings.message.value - begin.length - rest.length;
  return { ...event, message: `${begin}${shorten(failure.message, left)}${rest}` };
}

function buildCancelled(pod: PodView, build: NixBuild): Event {
  const { name, namespace = '' } = build.metadata;
  const message =
    `NixBuild ${name}: the build of ${build.spec.imageTag} was cancelled; to start it again: ` +
    `kubectl enbi retry --namespace ${namespace} ${name}, or a new value of its annotation ${retryAnnotation}`;
  return { type: 'Warning', regarding: podRef(pod), reason: 'Cancelled', message };
}

function tooLarge(what: string): Problem {
  return {
    reason: 'TooLarge',
    message: `enbi ignores this Pod: it has ${what}; make several Pods of it, or remove some`,
  };
}

/** A handful: what is mended makes room for the next, and each is an event. The last has the reason of the first left out. */
function firstOf(problems: readonly Problem[]): readonly Problem[] {
  const most = ceilings.problems.value;
  const [next] = problems.slice(most);
  if (next === undefined) return problems;
  const message = `and ${problems.length - most} more problems of this Pod; they are told when these are mended`;
  return [...problems.slice(0, most), { reason: next.reason, message }];
}

function tell(pod: PodView, problem: Problem): Step {
  return { because: 'AnnotationsWrong', events: [{ type: 'Warning', regarding: podRef(pod), ...problem }] };
}

/** Nix has no name for what the node runs, so there is nothing to ask it for. */
function tellSystem(pod: PodView, node: NodeView): Step {
  const message =
    `node ${node.metadata.name} has the architecture ${node.architecture}, for which nothing can be built; ` +
    `with a nodeSelector on kubernetes.io/arch the Pod goes to one of: ${architectures.join(', ')}`;
  const event: Event = { type: 'Warning', regarding: podRef(pod), reason: 'UnsupportedSystem', message };
  return { because: 'SystemUnsupported', events: [event] };
}

function podRef(pod: PodView): ObjectRef & { uid: string } {
  const { name, namespace, uid } = pod.metadata;
  return { apiVersion: 'v1', kind: 'Pod', name, uid, ...(namespace === undefined ? {} : { namespace }) };
}
