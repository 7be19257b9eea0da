import { beforeEach, describe, expect, it } from 'vitest';
import { noon } from '../../../test/support/builders.ts';
import { apiVersion, podAnnotation } from '../../api/labels.ts';
import type { StoreScope } from '../../api/order.ts';
import { storeName } from '../../cluster-view/names.ts';
import { scopeOf } from '../../cluster-view/store-scope.ts';
import { createStores, type Stores } from '../../cluster-view/stores.ts';
import { Applicants } from './applicants.ts';
import { storesOf } from './store-of.ts';

const meta = { uid: 'u', resourceVersion: '2', creationTimestamp: noon.toISOString() };
const secret = { [podAnnotation.secretName]: 'git-token' };
const team = { metadata: { name: 'team', uid: 'uid-team', resourceVersion: '1' }, podSecurity: '' };
const succeeded = { status: 'Succeeded', buildNode: 'node-1' };

let stores: Stores;
beforeEach(() => {
  stores = begin('namespace');
});

function begin(setting: StoreScope): Stores {
  const all = createStores(setting);
  for (const store of Object.values(all)) store.replace([], '1');
  return all;
}

function keep(name: string, url: string, annotations: object, status: object = {}) {
  const spec = { flakeUrl: url, packageName: 'default', system: 'x86_64-linux', imageTag: `git.example/${name}:1` };
  stores.builds.observeWrite({ metadata: { ...meta, uid: name, name, namespace: 'team', annotations }, spec, status });
  const build = stores.builds.get(`team/${name}`);
  if (build === undefined) throw new Error(`${name} is not kept`);
  return build;
}

function keepStore(scope: string | undefined, tenant = 'team') {
  const name = storeName('node-1', tenant, scope);
  const spec = { node: 'node-1', tenant, tenantUid: `uid-${tenant}`, ...(scope === undefined ? {} : { scope }) };
  stores.stores.observeWrite({ apiVersion, kind: 'NixStore', metadata: { ...meta, uid: name, name }, spec });
  return name;
}

describe('the store of a build', () => {
  const one = 'git+https://git.example/one';
  const onNode = { status: 'Building', buildNode: 'node-1' };

  it.each<[StoreScope, object, boolean]>([
    ['namespace', {}, false],
    ['namespace', secret, true],
    ['flake', {}, true],
    ['flake', secret, true],
  ])('with "%s" and the annotations %j is of its repository: %s', (setting, annotations, isOwn) => {
    stores = begin(setting);
    const build = keep('web', one, annotations, onNode);
    const names = [keepStore(undefined), keepStore(scopeOf(build, 'flake'))];
    expect(storesOf(build, team, stores).store?.metadata.name).toBe(names[isOwn ? 1 : 0]);
    expect(stores.builds.by('store', names[isOwn ? 1 : 0] ?? '')).toEqual([build]);
  });

  it('is missing while there is only that of the namespace, or of another repository', () => {
    const build = keep('web', one, secret, onNode);
    const other = keep('api', 'git+https://git.example/other', secret, onNode);
    keepStore(undefined);
    keepStore(other.storeScope);
    expect(storesOf(build, team, stores)).toEqual({ store: undefined, foreignStore: undefined });
  });

  it.each(['', 'other'])('is not the one that a status names and that has the scope of "%s"', (whose) => {
    const other = keep('api', 'git+https://git.example/other', secret);
    const storeName = keepStore(whose === '' ? undefined : other.storeScope);
    const build = keep('web', one, secret, { status: 'Succeeded', storeName });
    expect(storesOf(build, team, stores).store).toBeUndefined();
  });

  it('is not one that only has its name', () => {
    const build = keep('web', one, secret, onNode);
    const name = storeName('node-1', 'team', build.storeScope);
    const spec = { node: 'node-1', tenant: 'team', tenantUid: 'uid-team', scope: 'f'.repeat(32) };
    stores.stores.observeWrite({ apiVersion, kind: 'NixStore', metadata: { ...meta, name }, spec });
    expect(storesOf(build, team, stores)).toMatchObject({ store: undefined, foreignStore: { metadata: { name } } });
  });
});

describe('a node', () => {
  const url = 'git+https://git.example/one';

  it.each<[string, object, object, boolean]>([
    ['of the same kind', {}, {}, true],
    ['with a Secret, as this one', secret, secret, true],
    ['without a Secret, which this one has', {}, secret, false],
    ['with a Secret, which this one has not', secret, {}, false],
  ])('is warm after a build of the flake %s: %s', (_, before, now, isWarm) => {
    keep('first', `${url}?ref=v1`, before, succeeded);
    const { warm } = new Applicants(stores).from(keep('second', `${url}?ref=v2`, now));
    expect([warm.has('node-1'), warm.has('node-2')]).toEqual([isWarm, false]);
  });
});
