import { describe, expect, it, test } from 'vitest';
import { ceilings } from '../api/ceilings.ts';
import { podAnnotation } from '../api/labels.ts';
import { nameNumber } from './name-digest.ts';
import { imagesOfNode, imagesOfPod } from './names-in-use.ts';

describe('what is kept of a Pod', () => {
  const project = (spec: object, status: object = {}, annotations: object = {}) =>
    imagesOfPod({
      metadata: { name: 'p', namespace: 'n', uid: 'u', resourceVersion: '1', annotations },
      spec,
      status,
    });

  it('are the images of all that may have one', () => {
    const of = (tag: string) => `git.example/a:${tag}`;
    const spec = {
      initContainers: [{ name: 'i', image: of('i') }],
      containers: [{ name: 'c', image: of('c') }],
      ephemeralContainers: [{ name: 'e', image: of('e') }],
      volumes: [
        { name: 'v', image: { reference: of('v') } },
        { name: 'plain', emptyDir: {} },
      ],
    };
    const numbers = (...tags: string[]) => tags.map((tag) => nameNumber(of(tag)) ?? 0).toSorted((a, b) => a - b);
    expect(project(spec)).toMatchObject({ asks: false, held: [], awaited: numbers('c', 'i', 'e', 'v') });
    const status = { initContainerStatuses: [{ name: 'i', imageID: 'sha256:1' }] };
    expect(project(spec, status)).toMatchObject({ held: numbers('i', 'v'), awaited: numbers('c', 'e') });
  });

  it('is whether it asks enbi, for one container or for all', () => {
    expect(project({}, {}, { [podAnnotation.flakeUrl]: 'x' }).asks).toBe(true);
    expect(project({}, {}, { [`${podAnnotation.flakeUrl}.web`]: 'x' }).asks).toBe(true);
    expect(project({}, {}, { 'enbi.hrzn.ee/woken-at': 'x' }).asks).toBe(false);
  });

  it('is bounded, whatever it holds', () => {
    const containers = Array.from({ length: 9000 }, (_, at) => ({ name: `c${at}`, image: `a.example/b:${at}` }));
    expect(project({ containers }).awaited).toHaveLength(ceilings.namesOfPod.value);
    expect(project({ containers: [{ name: 'c', image: `a.example/${'b'.repeat(1_000_000)}:1` }] }).awaited).toEqual([]);
    expect(project({ containers: 'no', volumes: [3, null] }, { containerStatuses: {} })).toMatchObject({ awaited: [] });
  });
});

const onNode = (images: unknown) =>
  imagesOfNode({
    metadata: { name: 'n', uid: 'u', resourceVersion: '1', labels: { a: 'b' } },
    status: { images },
  });

test('the names with a tag that a node tells are kept, as numbers', () => {
  const names = [`git.example/a@sha256:${'0'.repeat(64)}`, 'git.example/a:1', 'docker.io/library/nginx:1'];
  expect(onNode([{ names, sizeBytes: 1 }, { names: ['git.example/a:1'] }])).toEqual({
    owner: '',
    asks: false,
    held: [nameNumber('git.example/a:1') ?? 0, nameNumber('nginx:1') ?? 0].toSorted((a, b) => a - b),
    awaited: [],
  });
});

test('what is kept is bounded, and whatever a kubelet says is read', () => {
  const images = Array.from({ length: 1000 }, (_, at) => ({ names: [`git.example/a:${at}`] }));
  expect(onNode(images).held).toHaveLength(ceilings.namesOfNode.value);
  expect(onNode([{ names: 'no' }, { names: [1, null, {}] }, null, 3]).held).toEqual([]);
  expect(onNode(undefined).held).toEqual([]);
});
