import { describe, expect, test } from 'vitest';
import { apiVersion, cancelAnnotation, label, marks, podAnnotation, retryAnnotation } from '../api/labels.ts';
import { projectClaim, projectJob, projectNamespace, projectNixBuild } from './objects.ts';
import { projectAskingPod, projectJobPod } from './pod.ts';
import { createStores } from './stores.ts';

/** The API server's own bounds: 256 KiB of annotations, 1.5 MiB of an object. */
const annotationBytes = 256 * 1024;
const objectBytes = 1_500_000;

const flake = podAnnotation.flakeUrl;
const ours = { [label.managedBy]: 'enbi' };
const many = (count: number, make: (index: number) => [string, string]) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => make(index)));

const hostileMeta = {
  name: 'hostile',
  namespace: 'team',
  uid: 'uid',
  resourceVersion: '1',
  annotations: {
    'enbi.hrzn.ee/anything': 'x'.repeat(annotationBytes),
    [retryAnnotation]: 'x'.repeat(annotationBytes),
    [cancelAnnotation]: 'x'.repeat(annotationBytes),
    [podAnnotation.secretName]: 'x'.repeat(annotationBytes),
    [label.buildName]: 'x'.repeat(annotationBytes),
  },
  labels: { ...ours, ...many(2000, (index) => [`l${index}/${'x'.repeat(63)}`, 'x'.repeat(63)]) },
  ownerReferences: Array.from({ length: 5000 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'K'.repeat(63),
    name: `${index}`.padEnd(253, 'x'),
    uid: `${index}`,
    controller: index === 4999,
  })),
};

const sizeOf = (view: unknown) => JSON.stringify(view).length;

function pod(given: { annotations?: object; containers?: object[]; labels?: object } = {}): object {
  const {
    annotations = { [flake]: 'github:a/b' },
    labels = {},
    containers = [{ name: 'c', image: 'a.example/x:1' }],
  } = given;
  return {
    metadata: { name: 'pod', namespace: 'team', uid: 'uid', resourceVersion: '1', labels, annotations },
    spec: { nodeName: 'node-1', containers },
  };
}

describe('what is kept of objects at the API server’s limits', () => {
  test.each<[string, unknown]>([
    ['a NixBuild', projectNixBuild({ metadata: hostileMeta, spec: {}, status: {} })],
    ['a Job that is labelled as ours', projectJob({ metadata: hostileMeta })],
    ['a Namespace', projectNamespace({ metadata: hostileMeta })],
    ['a claim that is labelled as ours', projectClaim({ metadata: hostileMeta })],
    ['a Pod that is labelled as ours', projectJobPod({ metadata: hostileMeta })],
  ])('of the metadata of %s is at most 2 kB', (_, view) => {
    expect(view).toBeDefined();
    expect(sizeOf(view)).toBeLessThan(2000);
  });

  test.each(['jobs', 'jobPods', 'claims', 'volumes'] as const)(
    'of %s with enbi’s label and no mark of what they are for is nothing',
    (name) => {
      const keptOf = (labels: object) => {
        const store = createStores()[name];
        store.applyEvent({ type: 'ADDED', object: { metadata: { ...hostileMeta, labels } } });
        return store.list().length;
      };
      expect(keptOf(ours)).toBe(0);
      expect(marks.map((mark) => keptOf({ ...ours, [mark]: 'uid' }))).toEqual(marks.map(() => 1));
    },
  );

  test('of a NixBuild: its spec within the bounds of the schema, whatever it holds', () => {
    const field = 'x'.repeat(objectBytes);
    const spec = { flakeUrl: field, packageName: field, system: field, imageTag: field, other: field };
    const view = projectNixBuild({ apiVersion, metadata: { name: 'a', uid: 'b', resourceVersion: '1' }, spec });
    expect(sizeOf(view)).toBeLessThan(1000);
    expect(view.spec.flakeUrl).toMatch(/^\(too long: 1500000 characters, at most 2048 are read; [0-9a-f]{16}\)$/);
  });

  test('of a NixBuild: of its status what the schema has, and no field that breaks its bounds', () => {
    const status = {
      status: 'Building',
      buildNode: 'node-1',
      lockedUrl: 'x'.repeat(objectBytes),
      nodes: Array.from({ length: 100_000 }, () => 'node'),
      conditions: Array.from({ length: 5000 }, () => ({ type: 'Ready' })),
      other: 'x'.repeat(objectBytes),
    };
    expect(projectNixBuild({ metadata: {}, spec: {}, status }).status).toEqual({
      status: 'Building',
      buildNode: 'node-1',
    });
  });

  test('of names of nodes in a status: not more than 64 KiB', () => {
    const nodes = Array.from({ length: 1000 }, (_, index) => `${index}`.padEnd(253, 'x'));
    expect(projectNixBuild({ metadata: {}, spec: {}, status: { nodes } }).status.nodes).toBeUndefined();
    expect(
      projectNixBuild({ metadata: {}, spec: {}, status: { nodes: nodes.slice(0, 200) } }).status.nodes,
    ).toHaveLength(200);
  });

  test('a value that is too long is another for another text, and the same for the same', () => {
    const retry = (text: string) =>
      projectNixBuild({ metadata: { annotations: { [retryAnnotation]: text } } }).metadata.annotations?.[
        retryAnnotation
      ];
    expect(retry('x'.repeat(300))).toBe(retry('x'.repeat(300)));
    expect(retry('x'.repeat(300))).not.toBe(retry(`${'x'.repeat(299)}y`));
  });

  test('of a NixBuild no owner, and of its labels and annotations those that builds have a meaning for', () => {
    const texts = { 'app.kubernetes.io/managed-by': 'x', 'enbi.hrzn.ee/retry': '1', 'enbi.hrzn.ee/tenant': 'x' };
    const { metadata } = projectNixBuild({ metadata: { ...hostileMeta, labels: texts, annotations: texts }, spec: {} });
    expect(metadata.ownerReferences).toEqual([]);
    expect(metadata.labels).toEqual({ 'app.kubernetes.io/managed-by': 'x' });
    expect(metadata.annotations).toEqual({ 'enbi.hrzn.ee/retry': '1' });
  });

  test('of many owners: the one that controls the object', () => {
    const owners = projectNamespace({ metadata: hostileMeta }).metadata.ownerReferences ?? [];
    expect(owners).toMatchObject([{ uid: '4999', controller: true }]);
  });
});

describe('a Pod that asks for images', () => {
  test.each<[string, object, RegExp]>([
    [
      'too many annotations',
      pod({ annotations: many(7000, (index) => [`${flake}.${index}`, '']) }),
      /^7000 annotations that begin with enbi.hrzn.ee\/nixbuild-, and enbi reads at most 64$/,
    ],
    [
      'too many containers',
      pod({ containers: Array.from({ length: 800 }, (_, index) => ({ name: `c${index}`, image: 'a.example/x:1' })) }),
      /^800 containers and image volumes, and enbi reads at most 250$/,
    ],
    [
      'an annotation that is too long',
      pod({ annotations: { [flake]: '?host='.repeat(43_000) } }),
      /that take more than 16384 characters together/,
    ],
    [
      'images with long names',
      pod({ containers: Array.from({ length: 100 }, (_, index) => ({ name: `c${index}`, image: 'x'.repeat(500) })) }),
      /that take more than 16384 characters together/,
    ],
  ])('with %s is kept as that alone, in some hundred bytes', (_, raw, why) => {
    const view = projectAskingPod(raw);
    expect(view?.tooLarge).toMatch(why);
    expect(view).toMatchObject({ containers: [], metadata: { name: 'pod', annotations: {} } });
    expect(sizeOf(view)).toBeLessThan(600);
  });

  test('with all that people need is kept as it is', () => {
    const names = Array.from({ length: 20 }, (_, index) => `container-${index}`);
    const annotations = Object.fromEntries(
      names.flatMap((name) => [
        [`${flake}.${name}`, `git+https://git.example/team/${name}?ref=refs/tags/{tag}&dir=images/${name}`],
        [`${podAnnotation.packageName}.${name}`, `docker.${name}`],
        [`${podAnnotation.secretName}.${name}`, 'git-credentials'],
      ]),
    );
    const containers = names.map((name) => ({
      name,
      image: `registry.example/team/${name}:1.0`,
      imagePullPolicy: 'IfNotPresent',
    }));
    const view = projectAskingPod(pod({ annotations, containers }));
    expect(view?.tooLarge).toBeUndefined();
    expect(view?.metadata.annotations).toEqual(annotations);
  });

  test('is kept with the names of misspelt annotations, and without what they and others say', () => {
    const annotations = {
      [flake]: 'github:a/b',
      'enbi.hrzn.ee/nixbuild-flakeURL': 'x'.repeat(10_000),
      [podAnnotation.wokenAt]: 'then',
      'enbi.hrzn.ee/else': 'x'.repeat(10_000),
      'example/else': 'x'.repeat(10_000),
    };
    expect(projectAskingPod(pod({ annotations }))?.metadata.annotations).toEqual({
      [flake]: 'github:a/b',
      'enbi.hrzn.ee/nixbuild-flakeURL': '',
      [podAnnotation.wokenAt]: 'then',
    });
  });

  test('of enbi’s own is kept with its first containers', () => {
    const containers = Array.from({ length: 800 }, (_, index) => ({ name: `c${index}`, image: 'x'.repeat(1500) }));
    const view = projectJobPod(pod({ labels: ours, containers }));
    expect(view?.containers).toHaveLength(12);
    expect(sizeOf(view)).toBeLessThan(8000);
  });
});
