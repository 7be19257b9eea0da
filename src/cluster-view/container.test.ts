import { describe, expect, it, test } from 'vitest';
import { projectAskingPod } from './pod.ts';

const [app, pages, more] = ['git.example/app:1.0', 'git.example/pages:1.0', 'git.example/more:1.0'];

interface Waiting {
  readonly reason: string;
  readonly message?: string;
}

/** A Pod with two image volumes, one of which its container mounts; as the kubelet describes what the container waits for. */
function waits(waiting: Waiting | undefined, mounts = ['pages']) {
  const pod = projectAskingPod({
    metadata: { annotations: { 'enbi.hrzn.ee/nixbuild-flakeUrl': 'github:a/b' } },
    spec: {
      containers: [{ name: 'app', image: app, volumeMounts: mounts.map((name) => ({ name, mountPath: `/${name}` })) }],
      volumes: [
        { name: 'pages', image: { reference: pages, pullPolicy: 'IfNotPresent' } },
        { name: 'more', image: { reference: more, pullPolicy: 'Never' } },
        { name: 'plain', emptyDir: {} },
      ],
    },
    status: { containerStatuses: [{ name: 'app', state: waiting === undefined ? {} : { waiting } }] },
  });
  return Object.fromEntries(pod?.containers.map(({ name, waiting: reason }) => [name, reason]) ?? []);
}

describe('whose image is missing', () => {
  const backOff = (image: string) => ({ reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` });

  test.each<[string, Waiting | undefined, readonly string[], Readonly<Record<string, string>>]>([
    ["the container's own", backOff(app), ['pages'], { app: 'ImagePullBackOff' }],
    ["a mounted volume's", backOff(pages), ['pages', 'more'], { pages: 'ImagePullBackOff' }],
    [
      'with policy Never',
      {
        reason: 'ErrImageNeverPull',
        message: `Container image "${more}" is not present with pull policy of Never`,
      },
      ['pages', 'more'],
      { more: 'ErrImageNeverPull' },
    ],
    [
      'in the runtime’s words',
      {
        reason: 'ErrImagePull',
        message: `rpc error: code = Unknown desc = failed to pull and unpack image "${pages}": failed to resolve reference "${pages}": not found`,
      },
      ['pages'],
      { pages: 'ErrImagePull' },
    ],
    [
      'of a registry that is away',
      {
        reason: 'RegistryUnavailable',
        message: `image pull failed for ${pages} because the registry is unavailable: 503`,
      },
      ['pages'],
      { pages: 'RegistryUnavailable' },
    ],
    ['not of a name that begins alike', backOff(`${pages}.1`), ['pages'], {}],
    ['not known when the message names none', { reason: 'ErrImagePull', message: 'pull QPS exceeded' }, ['pages'], {}],
    [
      'of the container that mounts none',
      { reason: 'ErrImagePull', message: 'pull QPS exceeded' },
      [],
      { app: 'ErrImagePull' },
    ],
    ['nobody’s when the volume is not mounted', backOff(pages), ['more'], {}],
    [
      'not when the container waits for something else',
      { reason: 'CrashLoopBackOff', message: pages },
      ['pages'],
      { app: 'CrashLoopBackOff' },
    ],
    ['nobody’s when it waits for nothing', undefined, ['pages'], {}],
  ])('%s', (_, waiting, mounts, expected) => {
    const seen = waits(waiting, [...mounts]);
    expect(Object.keys(seen)).toEqual(['app', 'pages', 'more']);
    expect(Object.fromEntries(Object.entries(seen).filter(([, reason]) => reason !== undefined))).toEqual(expected);
  });

  it('knows that a volume is there when a container that mounts it looks for its own', () => {
    const there = (state: object) => {
      const pod = projectAskingPod({
        metadata: { annotations: { 'enbi.hrzn.ee/nixbuild-anything': 'x' } },
        spec: {
          containers: [{ name: 'app', image: app, volumeMounts: [{ name: 'pages' }] }],
          volumes: [{ name: 'pages', image: { reference: pages } }],
        },
        status: { containerStatuses: [{ name: 'app', state }] },
      });
      return pod?.containers.at(-1)?.isThere;
    };
    expect(there({ waiting: backOff(app) })).toBe(true);
    expect(there({ running: {} })).toBe(true);
    expect(there({ waiting: backOff(pages) })).toBeUndefined();
    expect(there({ waiting: { reason: 'PodInitializing' } })).toBeUndefined();
  });

  it('knows when the run before ended, for the volume too', () => {
    const pod = projectAskingPod({
      metadata: { annotations: { 'enbi.hrzn.ee/nixbuild-anything': 'x' } },
      spec: {
        containers: [{ name: 'app', image: app, volumeMounts: [{ name: 'pages' }] }],
        volumes: [{ name: 'pages', image: { reference: pages } }],
      },
      status: {
        containerStatuses: [
          {
            name: 'app',
            state: { waiting: backOff(pages) },
            lastState: { terminated: { finishedAt: '2026-11-23T12:00:00Z' } },
          },
        ],
      },
    });
    expect(pod?.containers.map(({ lastFinishedAt }) => lastFinishedAt)).toEqual(Array(2).fill('2026-11-23T12:00:00Z'));
  });
});

it.each([{}, { 'enbi.hrzn.ee/woken-at': 'x' }, { 'example.com/nixbuild-flakeUrl': 'x' }])(
  'no Pod without annotations for enbi is kept: %j',
  (annotations) => {
    expect(projectAskingPod({ metadata: { annotations }, spec: {}, status: {} })).toBeUndefined();
  },
);
