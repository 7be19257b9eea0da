import { InternalError } from '../errors.ts';
import { keyOf } from './kube-object.ts';

/** Who an object is and how old this view of it is. */
export interface Identity {
  readonly key: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** Reads the identity out of an object as the API server sent it. */
export function identityOf(raw: unknown): Identity {
  const { name, namespace, uid, resourceVersion } = metadataOf(raw);
  if (typeof name !== 'string' || typeof uid !== 'string' || typeof resourceVersion !== 'string') {
    throw new InternalError('InvalidObject', 'an object of the API server has no name, uid or resourceVersion');
  }
  return {
    key: keyOf({ name, namespace: typeof namespace === 'string' ? namespace : undefined }),
    uid,
    resourceVersion,
  };
}

/** The metadata of anything; empty where there is none. */
export function metadataOf(raw: unknown): Readonly<Record<string, unknown>> {
  return fieldsOf(fieldsOf(raw)['metadata']);
}

/** The fields of anything; none where it is no object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
