import { beforeEach, describe, expect, it, test, vi } from 'vitest';
import { aBuild, noon, someSettings } from '../../../test/support/builders.ts';
import { aSeenBuild } from '../../../test/support/seen-build.ts';
import { apiVersion, label, manager, podAnnotation } from '../../api/labels.ts';
import type { NixBuildStatus } from '../../api/nix-build.ts';
import { createStores, type Stores } from '../../cluster-view/stores.ts';
import { historyIsOver } from './history.ts';
import { type PlaceInHistory, placeInHistory } from './place-in-history.ts';
import type { HistoryLimit } from './settings.ts';

let stores: Stores;
let version = 0;

beforeEach(() => {
  stores = createStores();
});

interface Put {
  readonly minute: number;
  readonly phase?: NixBuildStatus['status'];
  readonly namespace?: string;
  readonly handMade?: boolean;
  readonly isGoing?: boolean;
}

/** A build that ended so many minutes after noon, as the watch tells of it. */
function put(name: string, given: Put): void {
  const { minute, phase = 'Succeeded', namespace = 'team', handMade = false, isGoing = false } = given;
  version++;
  const labels = handMade ? {} : { [label.managedBy]: manager };
  const going = isGoing ? { deletionTimestamp: noon.toISOString() } : {};
  const uid = `uid-${namespace}-${name}`;
  const metadata = { name, namespace, uid, resourceVersion: String(version), labels, ...going };
  const completionTime = `2026-11-23T12:${String(minute).padStart(2, '0')}:00.000Z`;
  const spec = { ...aBuild().spec, imageTag: `git.example/demo/${name}:1` };
  const status = { status: phase, completionTime };
  stores.builds.applyEvent({ type: 'ADDED', object: { apiVersion, kind: 'NixBuild', metadata, spec, status } });
}

/** A live Pod that names the image of a build, and asks for it unless it is to be made of another flake. */
function putPod(name: string, flakeUrl = aBuild().spec.flakeUrl): void {
  const annotations = { [podAnnotation.flakeUrl]: flakeUrl };
  const metadata = { name, namespace: 'team', uid: `uid-pod-${name}`, resourceVersion: String(++version), annotations };
  const spec = { containers: [{ name: 'web', image: `git.example/demo/${name}:1` }] };
  stores.pods.applyEvent({ type: 'ADDED', object: { metadata, spec, status: { phase: 'Running' } } });
}

function place(name: string): PlaceInHistory | undefined {
  const build = stores.builds.get(`team/${name}`);
  return build === undefined ? undefined : placeInHistory(build, stores);
}

describe('the place in history', () => {
  it('is none for what is being removed, however long a finalizer keeps it', () => {
    put('old', { minute: 1 });
    put('going', { minute: 2, isGoing: true });
    expect([place('old')?.newer, place('going')]).toEqual([0, undefined]);
  });

  it('counts the newer ones of the same verdict in the namespace', () => {
    put('old', { minute: 1 });
    put('middle', { minute: 2 });
    put('new', { minute: 3 });
    put('failed', { minute: 4, phase: 'Failed' });
    put('cancelled', { minute: 5, phase: 'Cancelled' });
    put('elsewhere', { minute: 6, namespace: 'other' });
    const places = ['old', 'middle', 'new', 'failed', 'cancelled'].map(place);
    expect(places.map((each) => each?.newer)).toEqual([2, 1, 0, 1, 0]);
    expect(places.map((each) => each?.verdict)).toEqual(['success', 'success', 'success', 'failure', 'failure']);
  });

  it('has an order also for those that ended together', () => {
    put('a', { minute: 1 });
    put('b', { minute: 1 });
    expect([place('a')?.newer, place('b')?.newer]).toEqual([1, 0]);
  });

  it('goes through no Pods, of which thousands may name the image of each of thousands of builds', () => {
    put('old', { minute: 1 });
    for (let minute = 2; minute < 12; minute++) put(`used-${minute}`, { minute });
    putPod('used-2');
    const byImage = vi.spyOn(stores.pods, 'by');
    expect([place('old')?.newer, byImage.mock.calls.length]).toEqual([9, 0]);
  });

  it('is also of one whose image Pods name that have it made of another flake by now', () => {
    put('typo', { minute: 1, phase: 'Failed' });
    putPod('typo', 'git+https://git.example/corrected');
    expect(place('typo')).toEqual({ verdict: 'failure', newer: 0 });
    putPod('typo');
    expect(place('typo')).toBeUndefined();
  });

  it('is neither taken nor counted while a Pod names the image, by what people made, and on the way', () => {
    put('old', { minute: 1 });
    put('used', { minute: 2 });
    putPod('used');
    put('by-hand', { minute: 3, handMade: true });
    put('building', { minute: 4, phase: 'Building' });
    expect(['old', 'used', 'by-hand', 'building'].map(place)).toEqual([
      { verdict: 'success', newer: 0 },
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('when a record goes', () => {
  const keep = (limit: HistoryLimit) => someSettings({ history: { success: limit, failure: { keep: 0 } } });
  const minutes = (count: number) => new Date(noon.getTime() + count * 60_000);

  test.each<[string, number, HistoryLimit, number, string | undefined, number?]>([
    ['not while there are no more than may be', 1, { keep: 2 }, 600, undefined],
    ['when there are', 2, { keep: 2 }, 0, 'HistoryIsOver'],
    ['always with a limit of none', 0, { keep: 0 }, 0, 'HistoryIsOver'],
    ['when it is too old', 0, { keep: 2, ageMs: 3_600_000 }, 60, 'HistoryIsOver'],
    ['later, when it will be too old', 0, { keep: 2, ageMs: 3_600_000 }, 20, 'KeptAsRecord', 2_400_000],
  ])('%s', (_, newer, limit, minute, because, recheckAfterMs) => {
    const build = aBuild({ status: { status: 'Succeeded', completionTime: noon.toISOString() } });
    const plan = historyIsOver({
      ...situation,
      build,
      history: { verdict: 'success', newer },
      now: minutes(minute),
      settings: keep(limit),
    });
    expect(plan?.because).toBe(because);
    expect(plan?.recheckAfterMs).toBe(recheckAfterMs);
    if (because === 'HistoryIsOver') {
      expect(plan?.actions).toMatchObject([
        { type: 'delete', ref: { kind: 'NixBuild', name: 'hello-1-0-abc', uid: 'uid-build' } },
      ]);
    }
  });

  it('never while it is more than a record', () => {
    expect(historyIsOver({ ...situation, history: undefined, settings: keep({ keep: 0 }) })).toBeUndefined();
  });
});

const situation = { ...aSeenBuild(), now: noon };
