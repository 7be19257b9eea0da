import { describe, expect, it } from 'vitest';
import { resource } from '../cluster-view/resources.ts';
import type { ResourceType } from '../runtime/kube-client.ts';
import { MemoryCluster, runInMemory } from './memory-plugin.ts';

const annotations = { 'enbi.hrzn.ee/nixbuild-flakeUrl': 'github:a/b' };
const images = { web: 'git.example/web:1', worker: 'git.example/worker:1' } as const;
const deployments: ResourceType = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};
const statefulSets: ResourceType = { ...deployments, kind: 'StatefulSet', plural: 'statefulsets' };

/** A NixBuild `web` that failed, one `worker`, and what asks for their images. */
function aCluster(): MemoryCluster {
  const cluster = new MemoryCluster();
  for (const [name, imageTag] of Object.entries(images)) {
    const spec = { flakeUrl: 'github:a/b', packageName: 'default', system: 'x86_64-linux', imageTag };
    cluster.put(resource.builds, { metadata: { name: `${name}-1`, namespace: 'team' }, spec, status: failed });
  }
  putPod(cluster, 'web-x', [images.web]);
  putPod(cluster, 'both-x', [images.web, images.worker]);
  putPod(cluster, 'none-x', ['git.example/none:1']);
  for (const type of [deployments, statefulSets]) {
    const template = { metadata: { annotations } };
    const spec = { selector: { matchLabels: { pod: 'web-x' } }, template };
    cluster.put(type, { metadata: { name: 'web', namespace: 'team' }, spec });
  }
  return cluster;
}

const failed = { status: 'Failed', failure: { stage: 'Build', reason: 'BuilderFailed', message: 'no' } };

function putPod(cluster: MemoryCluster, name: string, of: readonly string[]): void {
  cluster.put(resource.pods, {
    metadata: { name, namespace: 'team', annotations, labels: { pod: name } },
    spec: { containers: of.map((image, index) => ({ name: `c${index}`, image })) },
  });
}

const ways: readonly (readonly string[])[] = [
  ['web-1'],
  ['nb/web-1'],
  ['nixbuild', 'web-1'],
  ['pod/web-x'],
  ['po', 'web-x'],
  ['web-x'],
  ['deploy/web'],
  ['deployment', 'web'],
  ['sts/web'],
];

describe.each(['logs', 'retry', 'cancel'])('kubectl enbi %s', (command) => {
  it.each(ways.map((words) => ({ words })))('takes $words', async ({ words }) => {
    const { code, out, err } = await runInMemory([command, ...words], { cluster: aCluster() });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(command === 'logs' ? 'was never reached' : 'NixBuild web-1 ');
  });

  it.each([
    ['pod/both-x', 'Pod both-x asks for several NixBuilds; write one of nixbuild/web-1, nixbuild/worker-1'],
    [
      'pod/none-x',
      'there is no NixBuild that Pod none-x asks for: one is made when its node misses the image; see: kubectl enbi explain pod/none-x',
    ],
    ['nb/none', 'there is no NixBuild none in namespace team; NixBuilds in it: web-1, worker-1'],
    ['deploy/none', 'there is no Deployment none in namespace team'],
    ['service/web', '"service" has no images'],
  ])('says of %s what there is', async (words, message) => {
    const cluster = aCluster();
    const { code, out, err } = await runInMemory([command, words], { cluster });
    expect({ code, out, writes: cluster.writes }).toEqual({ code: 2, out: '', writes: [] });
    expect(err).toContain(message);
  });
});
