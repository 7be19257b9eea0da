import { beforeEach, describe, expect, it, test } from 'vitest';
import { aBuild } from '../../../test/support/builders.ts';
import { apiVersion, label, manager, podAnnotation } from '../../api/labels.ts';
import { createStores, type Stores } from '../../cluster-view/stores.ts';
import { successorOf } from './successor.ts';

const { flakeUrl: typo, imageTag } = aBuild().spec;
const corrected = 'git+https://git.example/corrected';
let stores: Stores;
let version = 0;

beforeEach(() => {
  stores = createStores();
});

function put(name: string, flakeUrl: string, metadata: object = { labels: { [label.managedBy]: manager } }): void {
  const resourceVersion = String(++version);
  const named = { name, namespace: 'team', uid: `uid-${name}`, resourceVersion, ...metadata };
  const spec = { ...aBuild().spec, flakeUrl };
  stores.builds.applyEvent({ type: 'ADDED', object: { apiVersion, kind: 'NixBuild', metadata: named, spec } });
}

function putPod(name: string, annotations: Readonly<Record<string, string>>): void {
  const resourceVersion = String(++version);
  const metadata = { name, namespace: 'team', uid: name, resourceVersion, annotations };
  stores.pods.applyEvent({
    type: 'ADDED',
    object: { metadata, spec: { containers: [{ name: 'web', image: imageTag }] } },
  });
}

function successor(): string | undefined {
  const build = stores.builds.get('team/old');
  return build === undefined ? undefined : successorOf(build, stores)?.metadata.name;
}

it('is the NixBuild that Pods ask for by now', () => {
  put('old', typo);
  put('new', corrected);
  putPod('web', { [podAnnotation.flakeUrl]: corrected });
  expect(successor()).toBe('new');
});

describe('there is none', () => {
  test.each<[string, () => void]>([
    ['while no Pod names the image', () => put('new', corrected)],
    [
      'while a Pod asks for this one',
      () => {
        put('new', corrected);
        putPod('web', { [podAnnotation.flakeUrl]: corrected });
        putPod('old', { [podAnnotation.flakeUrl]: typo });
      },
    ],
    [
      'while a Pod only names the image',
      () => {
        put('new', corrected);
        putPod('web', { [podAnnotation.flakeUrl]: corrected });
        putPod('other', { [`${podAnnotation.flakeUrl}.db`]: corrected });
      },
    ],
    [
      'for annotations that cannot be followed: they are being mended',
      () => {
        put('new', corrected);
        putPod('web', { [podAnnotation.flakeUrl]: 'git+https://git.example/a b' });
      },
    ],
    [
      'in one that is going',
      () => {
        put('new', corrected, { deletionTimestamp: '2026-11-23T12:00:00Z' });
        putPod('web', { [podAnnotation.flakeUrl]: corrected });
      },
    ],
  ])('%s', (_, happen) => {
    put('old', typo);
    happen();
    expect(successor()).toBeUndefined();
  });

  it('of what people made', () => {
    put('old', typo, {});
    put('new', corrected);
    putPod('web', { [podAnnotation.flakeUrl]: corrected });
    expect(successor()).toBeUndefined();
  });
});
