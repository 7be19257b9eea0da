import { randomUUID } from 'node:crypto';
import { errorFor } from '../api-status.ts';
import { fieldsOf, identityOf, metadataOf } from '../identity.ts';
import type { ObjectName, ResourceType, WatchEvent } from '../kube-client.ts';
import { keyOf } from '../kube-object.ts';
import { mergePatch } from './merge-patch.ts';

/** One write, as a watch tells it; `before` decides whether an object left a selection. */
export interface Written {
  readonly type: Exclude<WatchEvent['type'], 'BOOKMARK' | 'ERROR'>;
  readonly object: unknown;
  readonly before: unknown;
}

/** The objects of one resource, with the rules of the API server for uid, resourceVersion, generation, status and finalizers. */
export class Collection {
  readonly objects = new Map<string, unknown>();
  readonly #type: ResourceType;
  readonly #nextRevision: () => string;
  readonly #onWritten: (written: Written) => void;

  constructor(type: ResourceType, nextRevision: () => string, onWritten: (written: Written) => void) {
    this.#type = type;
    this.#nextRevision = nextRevision;
    this.#onWritten = onWritten;
  }

  create(namespace: string | undefined, manifest: object): unknown {
    const { status: _, ...rest } = fieldsOf(manifest);
    return this.put({ ...rest, metadata: { ...metadataOf(manifest), namespace } });
  }

  /** Creates the object as it is, status included. */
  put(manifest: object): unknown {
    const metadata = metadataOf(manifest);
    const name = { name: String(metadata['name']), namespace: namespaceOf(metadata) };
    if (this.objects.has(keyOf(name))) throw this.#refusal(name, 409, 'AlreadyExists', 'already exists');
    const given = { uid: randomUUID(), generation: 1, creationTimestamp: new Date(0).toISOString() };
    const identity = { apiVersion: this.#type.apiVersion, kind: this.#type.kind };
    return this.#write(name, { ...identity, ...manifest, metadata: { ...given, ...metadata } }, 'ADDED');
  }

  patch(name: ObjectName, patch: object, subresource?: 'status'): unknown {
    const live = this.#existing(name);
    this.#checkPreconditions(name, live, metadataOf(patch));
    const { status, ...main } = fieldsOf(patch);
    const next = fieldsOf(mergePatch(live, subresource === 'status' ? { status } : main));
    const metadata = { ...metadataOf(next), ...fixed(metadataOf(live)) };
    if (JSON.stringify({ ...next, metadata }) === JSON.stringify(live)) return live;
    const changed = { ...next, metadata: { ...metadata, generation: generationAfter(live, next) } };
    return isFinalized(changed) ? this.#remove(name, changed) : this.#write(name, changed, 'MODIFIED');
  }

  /** The object while finalizers keep it, else `undefined`. */
  delete(name: ObjectName, uid: string | undefined, now: Date): unknown {
    const live = this.#existing(name);
    if (uid !== undefined && uid !== identityOf(live).uid)
      throw this.#refusal(name, 409, 'Conflict', 'has another uid');
    const marked = mergePatch(live, { metadata: { deletionTimestamp: now.toISOString() } });
    if (!isFinalized(marked)) return this.#write(name, fieldsOf(marked), 'MODIFIED');
    this.#remove(name, fieldsOf(live));
    return undefined;
  }

  #existing(name: ObjectName): unknown {
    const live = this.objects.get(keyOf(name));
    if (live === undefined) throw this.#refusal(name, 404, 'NotFound', 'not found');
    return live;
  }

  #checkPreconditions(name: ObjectName, live: unknown, wanted: Readonly<Record<string, unknown>>): void {
    const { uid, resourceVersion } = identityOf(live);
    if (wanted['resourceVersion'] !== undefined && wanted['resourceVersion'] !== resourceVersion) {
      throw this.#refusal(name, 409, 'Conflict', 'has been modified');
    }
    if (wanted['uid'] !== undefined && wanted['uid'] !== uid) {
      throw this.#refusal(name, 422, 'Invalid', 'field is immutable', ['metadata.uid']);
    }
  }

  #write(name: ObjectName, object: Readonly<Record<string, unknown>>, type: 'ADDED' | 'MODIFIED'): unknown {
    const before = this.objects.get(keyOf(name));
    const metadata = { ...metadataOf(object), resourceVersion: this.#nextRevision() };
    const written = structuredClone({ ...object, metadata });
    this.objects.set(keyOf(name), written);
    this.#onWritten({ type, object: written, before });
    return written;
  }

  #remove(name: ObjectName, last: Readonly<Record<string, unknown>>): unknown {
    const before = this.objects.get(keyOf(name));
    const object = { ...last, metadata: { ...metadataOf(last), resourceVersion: this.#nextRevision() } };
    this.objects.delete(keyOf(name));
    this.#onWritten({ type: 'DELETED', object, before });
    return object;
  }

  #refusal(name: ObjectName, code: number, reason: string, message: string, fields: string[] = []): Error {
    const text = `${this.#type.plural} "${name.name}" ${message}`;
    return errorFor({ code, reason, message: text, fields }, `${this.#type.kind} ${keyOf(name)}`);
  }
}

function namespaceOf(metadata: Readonly<Record<string, unknown>>): string | undefined {
  return typeof metadata['namespace'] === 'string' ? metadata['namespace'] : undefined;
}

function fixed({
  name,
  namespace,
  uid,
  resourceVersion,
  creationTimestamp,
  generation,
}: Readonly<Record<string, unknown>>) {
  return { name, namespace, uid, resourceVersion, creationTimestamp, generation };
}

function isFinalized(raw: unknown): boolean {
  const { deletionTimestamp, finalizers } = metadataOf(raw);
  return deletionTimestamp !== undefined && (!Array.isArray(finalizers) || finalizers.length === 0);
}

function generationAfter(live: unknown, next: unknown): number {
  const generation = Number(metadataOf(live)['generation'] ?? 1);
  return desired(live) === desired(next) ? generation : generation + 1;
}

/** Everything but metadata and status: a change of it is a new generation. */
function desired(raw: unknown): string {
  const { metadata: _, status: __, ...rest } = fieldsOf(raw);
  return JSON.stringify(rest);
}
