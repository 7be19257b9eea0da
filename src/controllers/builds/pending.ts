import { ceilings } from '../../api/ceilings.ts';
import { apiVersion, label, manager, podAnnotation } from '../../api/labels.ts';
import { type Reason, reasonOf } from '../../api/reasons.ts';
import { soon } from '../../api/retries.ts';
import { storeNameOn } from '../../cluster-view/names.ts';
import type { NixBuild, NixStore } from '../../cluster-view/objects.ts';
import { failure } from '../../cluster-view/outcome.ts';
import { parseSecretName } from '../../cluster-view/secret-name.ts';
import { PolicyError, UserError } from '../../errors.ts';
import { parseFlakeReference, parsePackageName, parseSystem } from '../../flake-reference/flake-reference.ts';
import { parseImageTag } from '../../image-name/image-name.ts';
import { refuseProtectedName } from '../../image-name/protected-name.ts';
import { shorten } from '../../printable.ts';
import type { Manifest } from '../../runtime/kube-object.ts';
import type { Plan } from '../../runtime/plan.ts';
import { settled } from '../../runtime/plan.ts';
import { beginAttempt, tenantOf } from './begin-attempt.ts';
import { buildJob } from './build-job.ts';
import { idleBuilderFor } from './builder-job.ts';
import { whileFetching } from './building.ts';
import { fail, stageFailed } from './failing.ts';
import { giveSlotBack } from './held-up.ts';
import { isolationOf } from './isolation.ts';
import { jobName } from './names.ts';
import { describeRefusals } from './node-fit.ts';
import type { Rule, Situation } from './situation.ts';
import { buildRef, rfc3339, type StatusChange, statusPatch, turnProgress, verdicts, waitingForTurn } from './status.ts';
import { podStillHeldUp, stillHeldUp } from './still-held-up.ts';

/** Hand-made NixBuilds are checked here; those made for Pods have been checked before. */
export const specIsInvalid: Rule = (situation) => {
  const { build, settings } = situation;
  const { spec } = build;
  try {
    parseFlakeReference(spec.flakeUrl);
    parsePackageName(spec.packageName);
    parseSystem(spec.system);
    refuseSecretName(situation);
    refuseProtectedName(parseImageTag(spec.imageTag), { ownImage: settings.image, openHosts: settings.openHosts });
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof UserError) && !(thrown instanceof PolicyError)) throw thrown;
    return fail(situation, 'Schedule', failure(reasonOf(thrown), false, thrown.message));
  }
};

/** The API server would refuse the Job with it. */
function refuseSecretName({ build }: Situation): void {
  const secret = build.metadata.annotations?.[podAnnotation.secretName];
  if (secret !== undefined) parseSecretName(secret, `annotation ${podAnnotation.secretName}`);
}

export const retryIsNotDue: Rule = (situation) => {
  const { build, now } = situation;
  if (storeIsReadyByNow(situation)) return undefined;
  const due = build.status.nextAttemptTime;
  const leftMs = Date.parse(due ?? '') - now.getTime();
  // A time that lies further ahead is not enbi's, or the clock was set back.
  if (!(leftMs > 0) || leftMs > soon.longestMs) return undefined;
  return { ...settled('RetryIsNotDue'), recheckAfterMs: leftMs };
};

const forStore: ReadonlySet<string> = new Set(['WaitingForStore', 'RefusedByCluster', 'NameTaken']);

/** What it was held up for, and what is told when it is over. */
function storeIsReadyByNow({ build, store }: Situation): boolean {
  const { reason } = build.status.conditions?.find(({ type }) => type === 'Ready') ?? {};
  return forStore.has(reason ?? '') && store?.status.ready === 'True';
}

/** Begins the next attempt anywhere: the node of the last one may be what was wrong. */
export const retryIsDue: Rule = (situation) => {
  if (situation.build.status.nextAttemptTime === undefined) return undefined;
  const again = { reason: 'Retrying' as const, message: 'trying again', progress: 'trying again' };
  const { reason, message, progress } = stillHeldUp(situation.build) ?? again;
  return proceed(situation, 'RetryIsDue', reason, message, {
    nextAttemptTime: null,
    buildNode: null,
    storeName: null,
    progress,
  });
};

/** A result that stands in the store of the node is not built again: the image had vanished from there. */
export const resultIsInStore: Rule = (situation) => {
  const { build, place, store, now } = situation;
  if (place?.is !== 'given' || store?.spec.node !== place.node || build.status.outPath === undefined) return undefined;
  if (store.status.ready !== 'True' || isOlderThan(store, build)) return undefined;
  const importing = { message: 'importing the image again', progress: 'importing again' };
  const words = podStillHeldUp(build) ?? { reason: 'ImportRunning' as const, ...importing };
  const change = {
    status: 'Importing' as const,
    buildNode: place.node,
    attempts: (build.status.attempts ?? 0) + 1,
    progress: words.progress,
    // It has a time of its own, and nobody has been told to do it.
    stageTimes: { ...build.status.stageTimes, importStarted: null },
  };
  const status = statusPatch(build, change, verdicts.underWay(words.reason, words.message), now);
  return { because: 'ResultIsInStore', actions: [], ...(status === undefined ? {} : { status }) };
};

/** The store was removed and made anew since. */
function isOlderThan({ metadata }: NixStore, { status }: NixBuild): boolean {
  return Date.parse(status.stageTimes?.buildFinished ?? '') < Date.parse(metadata.creationTimestamp ?? '');
}

export const placeIsGiven: Rule = ({ build, place, now }) => {
  if (place?.is !== 'given') return undefined;
  return { because: 'PlaceGiven', actions: [], ...beginAttempt(build, place.node, now) };
};

/** Whoever can have a place is looked at (admission.ts); the recheck is for what nobody told. */
export const othersComeFirst: Rule = (situation) => {
  if (situation.place?.is !== 'later') return undefined;
  const message = waitingForTurn(situation.settings);
  const plan = proceed(situation, 'OthersComeFirst', 'WaitingForTurn', message, { progress: turnProgress });
  return { ...plan, recheckAfterMs: 60_000 };
};

/** The same words as long as it stands outside, and no look before long: there may be thousands. */
export const namespaceIsCrowded: Rule = (situation) => {
  if (situation.place?.is !== 'crowded') return undefined;
  const message =
    `waits for its turn: more than ${ceilings.queued.value} NixBuilds of namespace ${tenantOf(situation.build)} wait, and those come ` +
    'first that have waited longest';
  const plan = proceed(situation, 'NamespaceIsCrowded', 'WaitingForTurn', message, { progress: turnProgress });
  return { ...plan, recheckAfterMs: 600_000 };
};

export const noNodeFits: Rule = (situation) => {
  const { build, place } = situation;
  if (place?.is !== 'nowhere') return undefined;
  const message = describeRefusals(build.spec.system, place.refusals);
  return { ...proceed(situation, 'NoNodeFits', 'WaitingForNode', message, {}), recheckAfterMs: 60_000 };
};

/** It was to be built on another node as well, and nobody waits there any more, or not on a node that can build. */
export const nobodyWaits: Rule = ({ build, place, store, now }) => {
  if (place?.is !== 'unwanted') return undefined;
  const message = `${build.spec.imageTag} is loaded on ${build.status.nodes?.join(', ') ?? ''}`;
  const node = store === undefined ? {} : { buildNode: store.spec.node };
  const change = { status: 'Succeeded' as const, progress: null, ...node };
  const status = statusPatch(build, change, verdicts.succeeded(message), now);
  return { because: 'NobodyWaits', actions: [], ...(status === undefined ? {} : { status }) };
};

/** It was given a node while this pass was reading: the pass that follows from that decides. */
export const placeIsUnknown: Rule = ({ build }) =>
  build.status.buildNode === undefined ? settled('PlaceIsUnknown') : undefined;

/** Looked at again within two minutes; the slot is for others meanwhile. A store that is there already may always be used. */
export const storesAreTooMany: Rule = (situation) => {
  const { build, store, foreignStore, scopedStores } = situation;
  if (build.storeScope === undefined || store !== undefined || foreignStore !== undefined) return undefined;
  const most = ceilings.storesOfNamespace.value;
  if (scopedStores < most) return undefined;
  const message =
    `namespace ${tenantOf(build)} has ${scopedStores} stores on ${build.status.buildNode ?? ''} that are for one repository each, and ${most} ` +
    'are the most: the one that was used longest ago goes when no build of it is under way';
  return giveSlotBack(situation, { reason: 'WaitingForStore', message, progress: 'waiting until a store makes room' });
};

export const storeIsMissing: Rule = ({ store, foreignStore, node, build, namespace }) => {
  if (store !== undefined || foreignStore !== undefined || node === undefined || namespace === undefined)
    return undefined;
  const tenant = tenantOf(build);
  const manifest: Manifest = {
    apiVersion,
    kind: 'NixStore',
    metadata: {
      name: storeNameOn(node.metadata.name, build),
      labels: { [label.managedBy]: manager, [label.tenant]: tenant },
      // A node that leaves the cluster takes the record of its stores along.
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.metadata.name, uid: node.metadata.uid }],
    },
    spec: {
      node: node.metadata.name,
      tenant,
      tenantUid: namespace.metadata.uid,
      ...(build.storeScope === undefined ? {} : { scope: build.storeScope }),
    },
  };
  return { because: 'StoreMissing', actions: [{ type: 'create', manifest }] };
};

export const storeIsNotReady: Rule = (situation) => {
  const { store } = situation;
  if (store?.status.ready === 'True') return undefined;
  const { reason, message } = whyNotReady(store);
  const why = `store on ${store?.spec.node ?? ''}: ${message}`;
  if (reason === 'RefusedByCluster' || reason === 'NameTaken') return storeIsRefused(situation, reason, why);
  if (reason === 'EnbiImageMissing') return lacksOwnImage(situation, store, message);
  return waitForStore(situation, store, { because: 'StoreNotReady', why });
};

function whyNotReady(store: NixStore | undefined): { readonly reason?: Reason; readonly message: string } {
  return store?.status.conditions?.find(({ type }) => type === 'Ready') ?? { message: 'being prepared' };
}

/** The slot goes back at once; the attempt ends as one that failed when the store has tried often enough. */
function storeIsRefused(situation: Situation, reason: 'RefusedByCluster' | 'NameTaken', message: string): Plan {
  const isStalled = situation.store?.status.conditions?.some(
    ({ type, status }) => type === 'Stalled' && status === 'True',
  );
  if (isStalled === true) return stageFailed(situation, 'Store', failure(reason, true, message));
  return giveSlotBack(situation, { reason, message, progress: message });
}

/** Of a node that is new, on which nothing of enbi's has run. The kubelet may be about to pull it. */
function lacksOwnImage(situation: Situation, store: NixStore | undefined, message: string): Plan {
  const progress = `enbi's own image is not on ${store?.spec.node ?? 'its node'}`;
  const words = { reason: 'EnbiImageMissing' as const, message, progress };
  const leftMs = storeLeftMs(situation, store);
  if (leftMs <= 0) return giveSlotBack(situation, words);
  const plan = proceed(situation, 'StoreNotReady', words.reason, message, { progress });
  return { ...plan, ...(leftMs > 0 && { recheckAfterMs: leftMs }) };
}

/** A store takes seconds to prepare; what is not ready by then keeps no slot. */
const storeMayTakeMs = 60_000;

export function waitForStore(
  situation: Situation,
  store: NixStore | undefined,
  { because, why }: { readonly because: string; readonly why: string },
): Plan {
  const leftMs = storeLeftMs(situation, store);
  const words = { reason: 'WaitingForStore' as const, message: why, progress: shorten(why, 200) };
  if (leftMs <= 0) return giveSlotBack(situation, words);
  const { reason, message, progress } = podStillHeldUp(situation.build) ?? words;
  return {
    ...proceed(situation, because, reason, message, { progress }),
    ...(leftMs > 0 && { recheckAfterMs: leftMs }),
  };
}

function storeLeftMs({ now }: Situation, store: NixStore | undefined): number {
  return Date.parse(store?.metadata.creationTimestamp ?? '') + storeMayTakeMs - now.getTime();
}

export const storeIsReady: Rule = (situation) => {
  const { build, store, node, namespace, settings, now } = situation;
  if (store === undefined || node === undefined || namespace === undefined) return undefined;
  const isolation = isolationOf(build, { node, namespace }, settings.isolation);
  const manifest = buildJob(build, store, node, isolation, settings);
  const builder = idleBuilderFor(manifest, situation)?.metadata.name;
  const begins = {
    reason: 'FetchRunning' as const,
    message: builder === undefined ? `fetching on ${store.spec.node}` : whileFetching,
    progress: 'fetching',
  };
  const told = podStillHeldUp(build) ?? begins;
  const change = {
    status: 'Building' as const,
    isolation,
    progress: told.progress,
    stageTimes: { ...build.status.stageTimes, buildStarted: rfc3339(now) },
    // What is built by a builder that is there is told to it for this name (work-in-job.ts).
    ...(builder === undefined ? {} : { buildJobName: builder }),
  };
  const plan = proceed(situation, 'StoreReady', told.reason, told.message, change);
  const job = builder === undefined ? `Job ${jobName(build)}` : `by Job ${builder}, which was there`;
  const message = `building ${build.spec.packageName} on ${store.spec.node} (${isolation}), ${job}`;
  return {
    ...plan,
    actions: builder === undefined ? [{ type: 'create', manifest, replaces: true }] : [],
    events: [{ type: 'Normal', regarding: buildRef(build), reason: 'BuildRunning', message }],
  };
};

/** A plan that only writes where the build is on its road. What waits says for what, also under PROGRESS. */
export function proceed(
  { build, now }: Situation,
  because: string,
  reason: Parameters<typeof verdicts.underWay>[0],
  message: string,
  change: StatusChange,
): Plan {
  const whole = { status: 'Pending' as const, progress: shorten(message, 200), ...change };
  const status = statusPatch(build, whole, verdicts.underWay(reason, message), now);
  return { because, actions: [], ...(status === undefined ? {} : { status }) };
}
