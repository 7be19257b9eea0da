import { InternalError, TransientError, UserError } from '../errors.ts';
import { isAlreadyExists, isConflict, isNotFound } from './api-status.ts';
import type { Created, CreatesUnderWay } from './creates-under-way.ts';
import { Doubts } from './doubts.ts';
import type { EventRecorder } from './events.ts';
import { identityOf, metadataOf } from './identity.ts';
import type { KubeClient, ResourceType } from './kube-client.ts';
import { keyOf, type Manifest, type ObjectRef } from './kube-object.ts';
import { liveObjectIsAsAsked, liveObjectIsOurs } from './ownership.ts';
import type { Action, Plan, StatusPatch } from './plan.ts';
import type { Refusal } from './refusals.ts';

/** A cache that takes over what writes answer; every `ObjectStore` is one. */
export interface WriteThrough {
  readonly resource: ResourceType;
  observeWrite(raw: unknown): void;
  observeGone(gone: { readonly key: string; readonly uid: string }): void;
}

export interface ApplyDeps {
  readonly client: KubeClient;
  /** Every resource a plan may name. */
  readonly resourceTypes: readonly ResourceType[];
  readonly stores: readonly WriteThrough[];
  readonly events: EventRecorder;
  readonly fieldManager: string;
  /** Shared by passes that may want the same object. */
  readonly creating?: CreatesUnderWay;
}

/** `by another pass`: it made the object in the same moment. */
type Done = 'by this pass' | 'by another pass';

/** `conflict`: the plan was made on an outdated view; nothing is wrong, decide again. */
export type ApplyOutcome = 'applied' | 'conflict';

/**
 * Carries out a plan: actions in order, then the status, then the events. Stops at the first failure by throwing one of
 * the four errors; whatever was done by then is done, and the next pass sees it: what a write answers is in the stores, and
 * what was not answered is in `doubts`, to be read again first. Of several passes that want the same object in the same
 * moment, the one that makes it tells.
 */
export async function applyPlan(plan: Plan, deps: ApplyDeps, memory: WriteMemory = forgetful()): Promise<ApplyOutcome> {
  let isTold = false;
  for (const action of plan.actions) {
    const asked = { verb: action.type, ref: refOf(action) };
    const done = await remembered(asked, memory, () => applyAction(action, deps));
    isTold ||= done === 'by another pass';
  }
  const { status } = plan;
  if (status !== undefined && !(await writeStatus(status, deps, memory))) return 'conflict';
  if (!isTold) for (const event of plan.events ?? []) await deps.events.emit(event);
  return 'applied';
}

/** What is known of earlier writes for the same key. */
export interface WriteMemory {
  readonly doubts: Doubts;
  /** Runs a write; throws without it when it has been refused and is not to be tried yet. */
  readonly unlessRefused: <T>(asked: Pick<Refusal, 'verb' | 'ref'>, write: () => Promise<T>) => Promise<T>;
}

function forgetful(): WriteMemory {
  return { doubts: new Doubts(), unlessRefused: (_, write) => write() };
}

function remembered<T>(asked: Pick<Refusal, 'verb' | 'ref'>, memory: WriteMemory, write: () => Promise<T>): Promise<T> {
  return memory.unlessRefused(asked, () => memory.doubts.during(asked.ref, write));
}

async function writeStatus(status: StatusPatch, deps: ApplyDeps, memory: WriteMemory): Promise<boolean> {
  const asked = { verb: 'write the status of', ref: status.ref } as const;
  const isWritten = await remembered(asked, memory, () => patchStatus(status, deps));
  if (!isWritten) memory.doubts.note(status.ref);
  return isWritten;
}

/** Shows the stores an object as it is now, be it gone. */
export async function readAgain(ref: ObjectRef, deps: ApplyDeps): Promise<void> {
  const type = resourceTypeOf(ref, deps);
  const live = await deps.client.get(type, ref);
  if (ref.uid !== undefined && (live === undefined || identityOf(live).uid !== ref.uid)) {
    for (const store of storesOf(type, deps)) store.observeGone({ key: keyOf(ref), uid: ref.uid });
  }
  if (live !== undefined) tell(type, live, deps);
}

function refOf(action: Action): ObjectRef {
  if (action.type !== 'create') return action.ref;
  const { apiVersion, kind, metadata } = action.manifest;
  const { name, namespace } = metadata;
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
}

async function applyAction(action: Action, deps: ApplyDeps): Promise<Done> {
  switch (action.type) {
    case 'create':
      return await create(action, deps);
    case 'patch':
      await patch(action, deps);
      return 'by this pass';
    case 'delete':
      await remove(action, deps);
      return 'by this pass';
    default:
      throw action satisfies never;
  }
}

async function create({ manifest, replaces }: Extract<Action, { type: 'create' }>, deps: ApplyDeps): Promise<Done> {
  const { kind, metadata } = manifest;
  const what = `${kind} ${keyOf(metadata)}`;
  const make = () => createOrFind(manifest, what, deps);
  const { live, madeBy } = (await deps.creating?.share(what, make)) ?? (await make());
  const isOurs = madeBy === 'this pass' || liveObjectIsOurs(live, manifest);
  if (!isOurs)
    throw new UserError('NameTaken', `${what} exists and belongs to somebody else: delete it, or give it another name`);
  // What another pass made is compared as well: it may have wanted something else.
  if (madeBy === 'this pass' || liveObjectIsAsAsked(live, manifest)) {
    return madeBy === 'another pass' ? 'by another pass' : 'by this pass';
  }
  if (replaces !== true)
    throw new UserError('NameTaken', `${what} exists and holds something else: delete it, or give it another name`);
  await remove({ type: 'delete', ref: { ...refOf({ type: 'create', manifest }), uid: identityOf(live).uid } }, deps);
  throw new TransientError('NameTaken', `${what} held something else than enbi asks for, and was deleted`);
}

/** The object as it is now, and whether it was made just now. */
async function createOrFind(manifest: Manifest, what: string, deps: ApplyDeps): Promise<Created> {
  const type = resourceTypeOf(manifest, deps);
  const { name, namespace } = manifest.metadata;
  try {
    const live = await deps.client.create(type, namespace, manifest, deps);
    tell(type, live, deps);
    return { live, madeBy: 'this pass' };
  } catch (thrown) {
    if (!isAlreadyExists(thrown)) throw thrown;
    const live = await deps.client.get(type, { namespace, name });
    if (live !== undefined) tell(type, live, deps);
    // One that is going away keeps the name until it is gone, ours or not.
    if (live === undefined || metadataOf(live)['deletionTimestamp'] !== undefined) {
      throw new TransientError('NameTaken', `${what} is being deleted`, { cause: thrown });
    }
    return { live };
  }
}

async function patch({ ref, patch }: Extract<Action, { type: 'patch' }>, deps: ApplyDeps): Promise<void> {
  const type = resourceTypeOf(ref, deps);
  try {
    tell(type, await deps.client.patch(type, ref, withPrecondition(patch, { uid: ref.uid }), deps), deps);
  } catch (thrown) {
    if (!(await isGone(thrown, ref, deps))) throw thrown;
  }
}

async function remove({ ref }: Extract<Action, { type: 'delete' }>, deps: ApplyDeps): Promise<void> {
  const type = resourceTypeOf(ref, deps);
  try {
    const left = await deps.client.delete(type, ref, { uid: ref.uid, propagation: 'Background' });
    if (left !== undefined) return tell(type, left, deps);
  } catch (thrown) {
    if (!(await isGone(thrown, ref, deps))) throw thrown;
  }
  for (const store of storesOf(type, deps)) store.observeGone({ key: keyOf(ref), uid: ref.uid });
}

/** False on a conflict. An object that is gone needs no status. */
async function patchStatus({ ref, resourceVersion, status }: StatusPatch, deps: ApplyDeps): Promise<boolean> {
  const type = resourceTypeOf(ref, deps);
  try {
    const body = withPrecondition({ status }, { uid: ref.uid, resourceVersion });
    const options = { subresource: 'status', fieldManager: deps.fieldManager } as const;
    tell(type, await deps.client.patch(type, ref, body, options), deps);
    return true;
  } catch (thrown) {
    if (isConflict(thrown)) return false;
    if (isNotFound(thrown)) return true;
    throw thrown;
  }
}

/** True when the write failed because that very object is no more; its name may have been taken by another since. */
async function isGone(thrown: unknown, ref: ObjectRef, deps: ApplyDeps): Promise<boolean> {
  if (isNotFound(thrown)) return true;
  if (ref.uid === undefined || !isConflict(thrown)) return false;
  const live = await deps.client.get(resourceTypeOf(ref, deps), ref);
  return live === undefined || identityOf(live).uid !== ref.uid;
}

function withPrecondition(patch: object, precondition: { uid?: string | undefined; resourceVersion?: string }): object {
  return { ...patch, metadata: { ...metadataOf(patch), ...precondition } };
}

function resourceTypeOf({ apiVersion, kind }: { apiVersion: string; kind: string }, deps: ApplyDeps): ResourceType {
  const found = deps.resourceTypes.find((type) => type.apiVersion === apiVersion && type.kind === kind);
  if (found === undefined) throw new InternalError('UnknownResource', `no resource type for ${apiVersion} ${kind}`);
  return found;
}

function tell(type: ResourceType, raw: unknown, deps: ApplyDeps): void {
  for (const store of storesOf(type, deps)) store.observeWrite(raw);
}

function storesOf({ apiVersion, kind }: ResourceType, { stores }: ApplyDeps): readonly WriteThrough[] {
  return stores.filter(({ resource }) => resource.apiVersion === apiVersion && resource.kind === kind);
}
