import { describe, expect, it } from 'vitest';
import { someSettings } from '../../../test/support/builders.ts';
import { resource } from '../../cluster-view/resources.ts';
import { MemoryCluster, putController, runInMemory } from '../memory-plugin.ts';

const image = 'git.example/demo/hello:1.0';

/** What explain says of a Pod whose only container, or first init container, is in this state. */
async function explained(container: object, phase = 'Running', list = 'containerStatuses'): Promise<string> {
  const cluster = new MemoryCluster();
  putController(cluster);
  const annotations = { 'enbi.hrzn.ee/nixbuild-flakeUrl': 'github:a/b' };
  const lists = list === 'containerStatuses' ? {} : { initContainers: [{ name: 'migrate', image }] };
  cluster.put(resource.pods, {
    metadata: { name: 'web-1', namespace: 'team', uid: 'p', annotations },
    spec: { nodeName: 'node-1', ...lists, containers: [{ name: 'web', image }] },
    status: { phase, [list]: [container] },
  });
  const { code, out } = await runInMemory(['explain', 'pod/web-1', '--namespace', 'team'], {
    cluster,
    settingsFrom: () => someSettings(),
  });
  expect(code).toBe(0);
  return out.replaceAll(/\s+/g, ' ');
}

const loops = (exitCode: number, reason: string, message = '') => ({
  name: 'web',
  restartCount: 6,
  state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container' } },
  lastState: { terminated: { exitCode, reason, message } },
});
const waits = (reason: string, message: string) => ({ name: 'web', state: { waiting: { reason, message } } });

describe('what a Pod does with an image that is there', () => {
  it.each<[string, object, readonly string[], string?, string?]>([
    [
      'exits again and again',
      loops(3, 'Error'),
      [
        'reason CrashLoopBackOff: container web exited with 3, 6 restarts',
        'what to do read its log: kubectl --namespace team logs --previous --container web web-1',
        'web waits: exited with 3, 6 restarts',
      ],
    ],
    [
      'has too little memory',
      loops(137, 'OOMKilled'),
      ['exited with 137 (OOMKilled)', "raise the container's memory limit"],
    ],
    [
      'has no such program',
      loops(128, 'StartError', 'exec: "srv": executable file not found in $PATH'),
      [
        '(StartError), 6 restarts: exec: "srv": executable',
        'not in the image',
        'kubectl --namespace team describe pod web-1',
      ],
    ],
    [
      'runs at this moment and did not before',
      {
        name: 'web',
        restartCount: 1,
        state: { running: {} },
        lastState: { terminated: { exitCode: 1, reason: 'Error' } },
      },
      [
        'exited with 1, 1 restart',
        'logs --previous --container web',
        'web running; before, it exited with 1, 1 restart',
      ],
    ],
    [
      'failed once and for all',
      { name: 'web', state: { terminated: { exitCode: 2, reason: 'Error' } } },
      ['reason ContainerFailed: container web exited with 2', ': kubectl --namespace team logs --container web web-1'],
      'Failed',
    ],
    [
      'fails in an init container',
      { ...loops(1, 'Error'), name: 'migrate' },
      ['container migrate exited with 1, 6 restarts', '--previous --container migrate web-1'],
      'Pending',
      'initContainerStatuses',
    ],
    [
      'misses a ConfigMap',
      waits('CreateContainerConfigError', 'configmap "settings" not found'),
      ['reason CreateContainerConfigError: container web has its image and waits: configmap "settings" not found'],
      'Pending',
    ],
    [
      'cannot be made',
      waits('CreateContainerError', 'no such device'),
      ['CreateContainerError', 'no such device'],
      'Pending',
    ],
  ])('%s', async (_, container, texts, phase, list) => {
    const out = await explained(container, phase, list);
    for (const text of texts) expect(out).toContain(text);
  });

  it.each<[string, object, string?]>([
    [
      'runs',
      { name: 'web', ready: true, restartCount: 2, state: { running: {} }, lastState: { terminated: { exitCode: 1 } } },
    ],
    ['ended well', { name: 'web', state: { terminated: { exitCode: 0, reason: 'Completed' } } }, 'Succeeded'],
    ['is on its way', waits('ContainerCreating', ''), 'Pending'],
    ['is not ready yet', { name: 'web', ready: false, state: { running: {} } }],
  ])('is no reason while it %s', async (_, container, phase) => {
    const out = await explained(container, phase);
    expect(out).not.toMatch(/container web (exited|has its image)|reason (Crash|Container)/);
  });
});
