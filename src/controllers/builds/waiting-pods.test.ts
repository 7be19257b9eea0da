import { expect, test } from 'vitest';
import { aBuild, aNode } from '../../../test/support/builders.ts';
import { podAnnotation } from '../../api/labels.ts';
import { createStores } from '../../cluster-view/stores.ts';
import { waitingPodsOf } from './waiting-pods.ts';

const { imageTag } = aBuild().spec;

test.each<[string, object, object, number]>([
  ['waits', { image: imageTag }, { waiting: { reason: 'ErrImagePull' } }, 1],
  ['is on its way', { image: imageTag }, { waiting: { reason: 'ContainerCreating' } }, 1],
  ['runs', { image: imageTag }, { running: {} }, 0],
  ['waits for another image', { image: 'git.example/other:1' }, { waiting: { reason: 'ErrImagePull' } }, 0],
  [
    'has the kubelet ask a registry',
    { image: imageTag, imagePullPolicy: 'Always' },
    { waiting: { reason: 'ErrImagePull' } },
    0,
  ],
])('a Pod whose container %s', (_, container, state, count) => {
  const stores = createStores();
  const { architecture } = aNode();
  const node = { metadata: { name: 'node-1', uid: 'n', resourceVersion: '1' }, status: { nodeInfo: { architecture } } };
  stores.nodes.applyEvent({ type: 'ADDED', object: node });
  const annotations = { [podAnnotation.flakeUrl]: aBuild().spec.flakeUrl };
  const metadata = { name: 'web', namespace: 'team', uid: 'p', resourceVersion: '2', annotations };
  const spec = { nodeName: 'node-1', containers: [{ name: 'web', ...container }] };
  const status = { containerStatuses: [{ name: 'web', state }] };
  stores.pods.applyEvent({ type: 'ADDED', object: { metadata, spec, status } });
  expect(waitingPodsOf(aBuild(), stores)).toHaveLength(count);
});

test('a Pod whose flake was corrected under the same image name waits for another NixBuild', () => {
  const stores = createStores();
  const { architecture } = aNode();
  const node = { metadata: { name: 'node-1', uid: 'n', resourceVersion: '1' }, status: { nodeInfo: { architecture } } };
  stores.nodes.applyEvent({ type: 'ADDED', object: node });
  const annotations = { [podAnnotation.flakeUrl]: 'git+https://git.example/corrected' };
  const metadata = { name: 'web', namespace: 'team', uid: 'p', resourceVersion: '2', annotations };
  const spec = { nodeName: 'node-1', containers: [{ name: 'web', image: imageTag }] };
  const status = { containerStatuses: [{ name: 'web', state: { waiting: { reason: 'ErrImagePull' } } }] };
  stores.pods.applyEvent({ type: 'ADDED', object: { metadata, spec, status } });
  const corrected = aBuild({ spec: { flakeUrl: 'git+https://git.example/corrected' } });
  expect([waitingPodsOf(aBuild(), stores).length, waitingPodsOf(corrected, stores).length]).toEqual([0, 1]);
});

test('a Pod waits for an image of a volume, too, that its kubelet has yet to ask for', () => {
  const stores = createStores();
  const { architecture } = aNode();
  const node = { metadata: { name: 'node-1', uid: 'n', resourceVersion: '1' }, status: { nodeInfo: { architecture } } };
  stores.nodes.applyEvent({ type: 'ADDED', object: node });
  const pod = (phase: object) => ({
    metadata: {
      name: 'web',
      namespace: 'team',
      uid: 'p',
      resourceVersion: '2',
      annotations: { [`${podAnnotation.flakeUrl}.pages`]: aBuild().spec.flakeUrl },
    },
    spec: {
      nodeName: 'node-1',
      initContainers: [{ name: 'migrate', image: 'git.example/migrate:1' }],
      containers: [{ name: 'web', image: 'git.example/web:1', volumeMounts: [{ name: 'pages' }] }],
      volumes: [{ name: 'pages', image: { reference: imageTag } }],
    },
    status: { initContainerStatuses: [{ name: 'migrate', state: phase }] },
  });
  stores.pods.applyEvent({ type: 'ADDED', object: pod({ waiting: { reason: 'ErrImagePull' } }) });
  expect(waitingPodsOf(aBuild(), stores)).toHaveLength(1);
  const later = pod({ running: {} });
  stores.pods.applyEvent({
    type: 'MODIFIED',
    object: { ...later, metadata: { ...later.metadata, resourceVersion: '3' } },
  });
  expect(waitingPodsOf(aBuild(), stores)).toHaveLength(0);
});
