import { label, manager } from '../../../src/api/labels.ts';
import { agentContainer } from '../../../src/mailbox/order-reports.ts';

export type Verb = 'list' | 'watch' | 'get' | 'create' | 'patch' | 'update' | 'delete' | 'other';

/** A request to the API server, as Kubernetes reads it. */
export interface Call {
  readonly verb: Verb;
  readonly method: string;
  /** Path and query as the API server gets them. */
  readonly path: string;
  readonly plural: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
  readonly query: URLSearchParams;
}

const verbs: Readonly<Record<string, Verb>> = { POST: 'create', PATCH: 'patch', PUT: 'update', DELETE: 'delete' };

export function callOf(method: string, path: string): Call {
  const url = new URL(path, 'https://api');
  const parts = url.pathname.split('/').slice(1);
  const rest = parts[0] === 'api' ? parts.slice(2) : parts.slice(3);
  const common = { method, path, query: url.searchParams };
  if (parts[0] !== 'api' && parts[0] !== 'apis') return { ...common, verb: 'other', plural: '' };
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2;
  const [plural = '', name, subresource] = inNamespace ? rest.slice(2) : rest;
  const reading = url.searchParams.has('watch') ? 'watch' : name === undefined ? 'list' : 'get';
  return {
    ...common,
    verb: verbs[method] ?? reading,
    plural,
    namespace: inNamespace ? rest[1] : undefined,
    name,
    subresource,
  };
}

export function isWrite({ verb }: Call): boolean {
  return verb === 'create' || verb === 'patch' || verb === 'update' || verb === 'delete';
}

/** What a plan names it by: `patch nixbuilds/status`, `watch pods managed`. */
export function momentOf(call: Call): string {
  if (call.verb === 'other') return `other ${call.path}`;
  const subresource = call.subresource === undefined ? '' : `/${call.subresource}`;
  const isOfManaged = call.query.get('labelSelector') === `${label.managedBy}=${manager}`;
  const isOfAgent = call.query.get('container') === agentContainer;
  const which = call.plural === 'pods' && isOfManaged ? ' managed' : isOfAgent ? ' agent' : '';
  return `${call.verb} ${call.plural}${subresource}${which}`;
}
