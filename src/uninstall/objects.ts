import type { ResourceType } from '../runtime/kube-client.ts';
import { keyOf, type Observed } from '../runtime/kube-object.ts';
import type { Action } from '../runtime/plan.ts';
import type { Step } from './situation.ts';

/** Deletes what is there and waits until it is gone; undefined when nothing is. */
export function gone(type: ResourceType, objects: readonly Observed[], what: `${string}s`): Step | undefined {
  if (objects.length === 0) return undefined;
  const left = objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const actions = left.map((object) => deletion(type, object));
  if (left.length > 0) return { say: `removing ${count(left.length, what)}`, actions };
  const verb = objects.length === 1 ? 'is' : 'are';
  return { say: `waiting until ${count(objects.length, what)} ${verb} gone: ${namesOf(objects)}`, actions };
}

export function namesOf(objects: readonly Observed[]): string {
  const names = objects.map(({ metadata }) => keyOf(metadata));
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
}

function deletion({ apiVersion, kind }: ResourceType, { metadata }: Observed): Action {
  const { name, namespace, uid } = metadata;
  return { type: 'delete', ref: { apiVersion, kind, name, uid, ...(namespace === undefined ? {} : { namespace }) } };
}

function count(number: number, what: string): string {
  return `${number} ${number === 1 ? what.slice(0, -1) : what}`;
}
