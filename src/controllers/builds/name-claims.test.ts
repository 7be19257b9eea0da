import { beforeEach, describe, expect, it, vi } from 'vitest';
import { apiVersion, podAnnotation } from '../../api/labels.ts';
import type { NixBuildStatus } from '../../api/nix-build.ts';
import { nameDigest } from '../../cluster-view/name-digest.ts';
import { createStores, type Stores } from '../../cluster-view/stores.ts';
import { NameClaims } from './name-claims.ts';

const image = 'git.example/team/web:1.4';

const conflict: NixBuildStatus = {
  status: 'Failed',
  failure: { stage: 'Schedule', reason: 'NameConflict', message: 'taken' },
};

let stores: Stores;
let claims: NameClaims;
let version = 0;

beforeEach(() => {
  stores = createStores();
  claims = new NameClaims(stores);
  putNamespace('team');
});

function meta(name: string, namespace?: string, more: object = {}) {
  const uid = `uid-${namespace ?? ''}-${name}`;
  return { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion: `${++version}`, ...more };
}

function putNamespace(name: string, uid = `uid-of-${name}`): void {
  stores.namespaces.applyEvent({ type: 'MODIFIED', object: { metadata: { ...meta(name), uid } } });
}

interface Wish {
  readonly imageTag?: string;
  readonly second?: number;
  readonly status?: NixBuildStatus;
  readonly deletionTimestamp?: string;
}

/** As the watch tells of it; the key of it. */
function putBuild(name: string, namespace: string, { imageTag = image, second = 1, status = {}, ...more }: Wish = {}) {
  const creationTimestamp = `2026-11-23T12:00:0${second}Z`;
  const spec = { flakeUrl: 'git+https://git.example/web', system: 'x86_64-linux', imageTag };
  const metadata = meta(name, namespace, { creationTimestamp, ...more });
  stores.builds.applyEvent({ type: 'MODIFIED', object: { apiVersion, kind: 'NixBuild', metadata, spec, status } });
  return `${namespace}/${name}`;
}

function putStore(tenant: string, names: readonly string[], tenantUid = `uid-of-${tenant}`): void {
  const spec = { node: 'n1', tenant, tenantUid };
  const status = { imageNames: names.map(nameDigest) };
  stores.stores.applyEvent({
    type: 'MODIFIED',
    object: { metadata: meta(`store-${tenant}-${tenantUid}`), spec, status },
  });
}

function putNode(names: readonly string[]): void {
  stores.nodeImages.applyEvent({ type: 'MODIFIED', object: { metadata: meta('n1'), status: { images: [{ names }] } } });
}

interface PodWish {
  readonly image?: string;
  readonly asks?: boolean;
  readonly waits?: boolean;
}

function rawPod(name: string, namespace: string, { image: of = image, asks = false, waits = false }: PodWish = {}) {
  const annotations = asks ? { [podAnnotation.flakeUrl]: 'github:team/web' } : {};
  const containerStatuses = [{ name: 'web', imageID: waits ? '' : 'sha256:1' }];
  const spec = { containers: [{ name: 'web', image: of }] };
  return { metadata: meta(name, namespace, { annotations }), spec, status: { containerStatuses } };
}

function putPod(name: string, namespace: string, wish: PodWish = {}): void {
  stores.podImages.applyEvent({ type: 'MODIFIED', object: rawPod(name, namespace, wish) });
}

function isTaken(key: string): boolean {
  const build = stores.builds.get(key);
  if (build === undefined) throw new Error(`no NixBuild ${key}`);
  return claims.isTaken(build);
}

describe('a name is free', () => {
  it.each<[string, () => void]>([
    ['when nobody has it', () => {}],
    ['when Pods use other tags', () => putPod('other', 'shop', { image: 'git.example/team/web:1.5' })],
    [
      'when it only begins like a component of the cluster',
      () => putPod('proxy', 'kube-system', { image: 'git.example/team/web-proxy:1.4' }),
    ],
    ['when its own Pods ask for it', () => putPod('own', 'team', { asks: true })],
    ['when a Pod of its own waits for it, be it without annotations', () => putPod('own', 'team', { waits: true })],
    [
      'when a Pod asks for a digest of its repository',
      () => putPod('d', 'shop', { image: `git.example/team/web@sha256:${'0'.repeat(64)}` }),
    ],
    ['when others asked for it and failed', () => putBuild('b', 'shop', { second: 0, status: { status: 'Failed' } })],
    [
      'when others asked for it and cancelled',
      () => putBuild('b', 'shop', { second: 0, status: { status: 'Cancelled' } }),
    ],
    ['when others ask for it later', () => putBuild('b', 'shop', { second: 2 })],
    ['when another NixBuild of the namespace asks for it, too', () => putBuild('b', 'team', { second: 0 })],
    ['when an earlier namespace of its name had it', () => putStore('team', [image], 'uid-of-the-first')],
  ])('%s', (_, prepare) => {
    prepare();
    expect(isTaken(putBuild('web', 'team'))).toBe(false);
  });
});

describe('a name is taken', () => {
  it.each<[string, () => void]>([
    ['by a Pod of another namespace', () => putPod('p', 'shop')],
    ['by one that waits for it', () => putPod('p', 'shop', { waits: true })],
    ['by one that asks enbi for it, before there is a NixBuild', () => putPod('p', 'shop', { asks: true })],
    ['by a Pod of its own that has it and never asked enbi', () => putPod('p', 'team')],
    [
      'by a component of the cluster, with its whole repository: the next upgrade brings another tag',
      () => putPod('proxy', 'kube-system', { image: 'GIT.example/team/web:1.3' }),
    ],
    ['by a node', () => putNode([image])],
    [
      'by a node, as one of many names',
      () => putNode([`git.example/team/web@sha256:${'0'.repeat(64)}`, 'x.example/y:1', image]),
    ],
    [
      'by one whose NixBuild failed: it waits for its own image, not for mine',
      () => {
        putPod('p', 'shop', { asks: true, waits: true });
        putBuild('b', 'shop', { status: { status: 'Failed' } });
      },
    ],
    ['by an older one that failed for want of the name', () => putBuild('b', 'shop', { second: 0, status: conflict })],
    ['by an older NixBuild of another namespace', () => putBuild('b', 'shop', { second: 0 })],
    ['by one of the same second with a lower uid', () => putBuild('a', 'shop')],
    ['by one that has loaded it', () => putBuild('b', 'shop', { second: 0, status: { status: 'Succeeded' } })],
    ['by one that is going', () => putBuild('b', 'shop', { second: 0, deletionTimestamp: '2026-11-23T12:00:00Z' })],
    ['by a namespace that has loaded it, though its NixBuild is gone', () => putStore('shop', [image])],
    [
      'by a namespace that has loaded it, though its NixBuild is later',
      () => {
        putStore('shop', [image]);
        putBuild('b', 'shop', { second: 2 });
      },
    ],
  ])('%s', (_, prepare) => {
    prepare();
    expect(isTaken(putBuild('web', 'team'))).toBe(true);
  });

  it.each([
    ['nginx:1.29', 'docker.io/library/nginx:1.29'],
    ['docker.io/library/nginx:1.29', 'index.docker.io/nginx:1.29'],
    ['GIT.example/team/web:1.4', image],
    ['git.example:443/team/web:1.4', image],
    [`${image}@sha256:${'0'.repeat(64)}`, image],
    ['git.example/team/web', 'git.example/team/web:latest'],
  ])('%s by who writes it otherwise: %s', (used, asked) => {
    putPod('p', 'shop', { image: used });
    expect(isTaken(putBuild('web', 'team', { imageTag: asked }))).toBe(true);
  });
});

describe('who has loaded a name first', () => {
  beforeEach(() => putStore('team', [image]));

  it.each<[string, () => void]>([
    ['keeps it when others begin to use it', () => putPod('p', 'shop')],
    ['keeps it when its own Pods use it without asking', () => putPod('p', 'team')],
    ['keeps it on the nodes that have it', () => putNode([image])],
    ['keeps it against older NixBuilds', () => putBuild('b', 'shop', { second: 0 })],
  ])('%s', (_, prepare) => {
    prepare();
    expect(isTaken(putBuild('web', 'team'))).toBe(false);
  });

  it('keeps it before its namespace has been seen', () => {
    putStore('new', ['git.example/new:1']);
    expect(isTaken(putBuild('web', 'new', { imageTag: 'git.example/new:1' }))).toBe(false);
  });

  it('loses it with the namespace', () => {
    putNamespace('team', 'uid-of-the-second');
    putNode([image]);
    expect(isTaken(putBuild('web', 'team'))).toBe(true);
  });
});

describe('of several that want one name', () => {
  it('exactly one gets it, however they are asked', () => {
    const keys = ['a', 'b', 'c'].map((namespace) => {
      putPod('p', namespace, { asks: true, waits: true });
      return putBuild('web', namespace);
    });
    expect(keys.map(isTaken)).toEqual([false, true, true]);
    expect(keys.toReversed().map(isTaken)).toEqual([true, true, false]);
    // As each is told so, and when it is looked again before the import.
    for (const namespace of ['b', 'c']) putBuild('web', namespace, { status: conflict });
    expect(keys.map(isTaken)).toEqual([false, true, true]);
  });

  it('the next gets it when the first gave up', () => {
    const [a, b] = [putBuild('web', 'a'), putBuild('web', 'b')];
    putBuild('web', 'a', { status: { status: 'Failed' } });
    expect(isTaken(b)).toBe(false);
    expect(isTaken(a)).toBe(false);
    putStore('b', [image]);
    expect([a, b].map(isTaken)).toEqual([true, false]);
  });
});

it('looks neither through Pods nor through NixBuilds', () => {
  for (let pod = 0; pod < 500; pod++) putPod(`p${pod}`, `ns${pod % 5}`, { image: `git.example/other:${pod % 7}` });
  for (let at = 0; at < 500; at++) putBuild(`b${at}`, 'many', { imageTag: `git.example/many:${at}` });
  const key = putBuild('web', 'team');
  const lists = [stores.pods, stores.builds, stores.stores, stores.nodes].map((store) => vi.spyOn(store, 'list'));
  const found = vi.spyOn(stores.builds, 'by');
  expect(isTaken(key)).toBe(false);
  for (const list of lists) expect(list).not.toHaveBeenCalled();
  expect(found.mock.results.flatMap(({ value }) => value)).toHaveLength(1);
});
