import type { Manifest } from '../../../src/runtime/kube-object.ts';
import type { Live } from '../server/live.ts';
import { collections, type Plural } from '../server/mirror.ts';
import type { RawAnswer } from '../server/raw-api.ts';
import type { Participant, World } from './world.ts';

/** The kinds that are written here and not mirrored beside the eight. */
const paths: Readonly<Record<string, string>> = { ...collections };

interface Place {
  readonly plural: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string;
}

/** How everybody but enbi writes in a world. What is gone or has changed meanwhile is no failure: it is looked at again. */
export class Hands implements Participant {
  readonly #world: World;
  #busy = 0;

  constructor(world: World) {
    this.#world = world;
    world.participants.add(this);
  }

  get isAtRest(): boolean {
    return this.#busy === 0;
  }

  /** Whether it was made: a namespace that is going takes nothing new. */
  async create(plural: Plural, object: Manifest): Promise<boolean> {
    const { namespace } = object.metadata;
    const answer = await this.#write('POST', { plural, namespace }, object);
    return answer.code < 300;
  }

  async patch(plural: Plural, live: Live, patch: object): Promise<void> {
    await this.#write('PATCH', placeOf(plural, live), patch);
  }

  async patchStatus(plural: Plural, live: Live, status: object): Promise<void> {
    await this.#write('PATCH', { ...placeOf(plural, live), subresource: 'status' }, { status });
  }

  async bind(pod: Live, node: string): Promise<void> {
    const target = { apiVersion: 'v1', kind: 'Node', name: node };
    const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name: pod.metadata.name }, target };
    const answer = await this.#write('POST', { ...placeOf('pods', pod), subresource: 'binding' }, body);
    if (answer.code < 300) this.#world.noteBinding(pod.metadata.uid);
  }

  /** At once, whatever grace it asked for. */
  async remove(plural: Plural, { metadata, ...live }: Live, how: { readonly graceful?: boolean } = {}): Promise<void> {
    const options = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Background',
      preconditions: { uid: metadata.uid },
      ...(how.graceful === true ? {} : { gracePeriodSeconds: 0 }),
    };
    await this.#write('DELETE', placeOf(plural, { metadata, ...live }), options);
  }

  /** Takes away what keeps an object that is going. */
  async release(plural: Plural, live: Live): Promise<void> {
    const answer = await this.#write('PATCH', placeOf(plural, live), { metadata: { finalizers: null } });
    if (answer.code < 300) this.#world.noteRemoval(plural, live.metadata.uid);
  }

  async finalizeNamespace(live: Live): Promise<void> {
    const { name, uid } = live.metadata;
    await this.#write('DELETE', { plural: 'events', namespace: name });
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid }, spec: { finalizers: [] } };
    const answer = await this.#write('PUT', { plural: 'namespaces', name, subresource: 'finalize' }, body);
    if (answer.code < 300) this.#world.noteRemoval('namespaces', uid);
  }

  async #write(method: string, place: Place, body?: object): Promise<RawAnswer> {
    this.#busy++;
    try {
      const answer = await this.#world.api.ask({
        method,
        path: pathOf(place),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        contentType: method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      });
      if (answer.code >= 300 && ![403, 404, 409].includes(answer.code))
        throw new Error(`${method} ${pathOf(place)}: ${answer.text}`);
      if (place.plural in paths && place.subresource !== 'binding') {
        this.#world.noteWrite(place.plural as Plural, method, answer);
      }
      return answer;
    } finally {
      this.#busy--;
      this.#world.noteActivity();
    }
  }
}

function placeOf(plural: Plural, { metadata: { namespace, name } }: Live): Place {
  return { plural, namespace, name };
}

function pathOf({ plural, namespace, name, subresource }: Place): string {
  const parts = [
    paths[plural] ?? '/api/v1',
    ...(namespace === undefined ? [] : ['namespaces', namespace]),
    plural,
    ...(name === undefined ? [] : [name]),
    ...(subresource === undefined ? [] : [subresource]),
  ];
  return parts.join('/');
}
