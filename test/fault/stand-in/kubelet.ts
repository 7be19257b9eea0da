import { order, podAnnotation } from '../../../src/api/labels.ts';
import { BuildOrder, ImportOrder } from '../../../src/api/order.ts';
import { isReporting, type Report } from '../../../src/api/report.ts';
import { rawOf, textOf } from '../../../src/cluster-view/raw.ts';
import { annotationsOf, controllerOf, isGoing, type Live, statusOf } from '../server/live.ts';
import { containersOf, isOver, nodeOf, stateOf, withStates } from './pods.ts';
import { isReady } from './scheduler.ts';
import { componentOf } from './script.ts';
import type { Images, Move, Stage } from './stand-in.ts';

/** A Pod that is not woken looks again only when its back-off is over. */
const longestBackOffMs = 300_000;
/** It looks for ended containers once a second. */
const seenAfterMs = 700;

/** Every kubelet whose node is there and well. Of a Pod it tells the end of a container first, and the Pod's after that. */
export function* kubelets(stage: Stage): Iterable<Move> {
  for (const pod of stage.world.list('pods')) {
    const node = stage.world.get('nodes', nodeOf(pod));
    if (node === undefined || !isReady(node)) continue;
    if (isGoing(pod)) yield* goingPod(pod, stage);
    else if (controllerOf(pod)?.kind === 'Job') yield* jobPod(pod, stage);
    else yield* waitingPod(pod, stage);
  }
}

/** A container that is stopped takes off the pin it holds; one that never ran does not. */
function* goingPod(pod: Live, { hands, world, runs, images, logs }: Stage): Iterable<Move> {
  const make = async () => {
    runs.end(pod, world.clock.ms);
    for (const { name } of containersOf(pod)) logs.end(pod, textOf(name));
    if (stateOf(pod, 'pin').running !== undefined) images.unpin(pod.metadata.name);
    await hands.remove('pods', pod);
  };
  yield { key: `remove pod ${pod.metadata.uid}`, afterMs: 400, make };
}

function* jobPod(pod: Live, stage: Stage): Iterable<Move> {
  if (isOver(pod)) return;
  const { uid } = pod.metadata;
  const names = containersOf(pod).map(({ name }) => textOf(name));
  const next = names.find((name) => rawOf(stateOf(pod, name).terminated).exitCode !== 0);
  const failed = next !== undefined && stateOf(pod, next).terminated !== undefined;
  if (next === undefined || failed) {
    const phase = failed ? 'Failed' : 'Succeeded';
    const make = () => stage.hands.patchStatus('pods', pod, withStates(pod, {}, { phase }));
    yield { key: `over ${uid}`, afterMs: 500, make };
  } else if (stateOf(pod, next).running === undefined) {
    yield { key: `start ${uid} ${next}`, afterMs: 200, make: () => start(pod, next, stage) };
  } else {
    yield* ending(pod, next, stage);
  }
}

/** What reports has done its work by then, and is seen to have ended later. */
function* ending(pod: Live, container: string, stage: Stage): Iterable<Move> {
  const { uid } = pod.metadata;
  const { afterMs, message } = stage.script.ending(pod, container);
  if (!isReporting(container) || message === '') {
    yield { key: `end ${uid} ${container}`, afterMs, make: () => end(pod, container, stage) };
  } else if (stage.logs.hasReported(pod, container)) {
    yield { key: `end ${uid} ${container}`, afterMs: seenAfterMs, make: () => end(pod, container, stage) };
  } else {
    yield { key: `report ${uid} ${container}`, afterMs, make: () => report(pod, container, stage) };
  }
}

function report(pod: Live, step: Report['step'], { world, script, images, runs, logs }: Stage): Promise<void> {
  const { exitCode, message } = script.ending(pod, step);
  if (step === 'import' && exitCode === 0) load(pod, images);
  if (step === 'build') runs.end(pod, world.clock.ms, exitCode === 0);
  const { id } = BuildOrder.pick({ id: true })
    .loose()
    .parse(JSON.parse(annotationsOf(pod)[order] ?? ''));
  logs.report(pod, { step, order: id, result: message });
  return Promise.resolve();
}

async function start(pod: Live, container: string, { hands, world, runs, logs }: Stage): Promise<void> {
  logs.begin(pod, container);
  if (componentOf(pod) === 'build' && container === 'build') {
    runs.begin(pod, world.clock.ms);
  }
  const running = { running: { startedAt: world.clock.now().toISOString() } };
  await hands.patchStatus('pods', pod, withStates(pod, { [container]: running }, { phase: phaseWith(pod, container) }));
}

/** While init containers run the Pod is pending. */
function phaseWith(pod: Live, container: string): string {
  return containersOf(pod).at(-1)?.name === container ? 'Running' : 'Pending';
}

async function end(pod: Live, container: string, { hands, world, script, images, runs, logs }: Stage): Promise<void> {
  const { exitCode, message } = script.ending(pod, container);
  logs.end(pod, container);
  if (container === 'pin') images.unpin(pod.metadata.name);
  if (container === 'build') runs.end(pod, world.clock.ms, exitCode === 0);
  const { startedAt } = rawOf(stateOf(pod, container).running);
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  const terminated = { startedAt, finishedAt: world.clock.now().toISOString(), exitCode, reason, message };
  const states = { [container]: { terminated } };
  await hands.patchStatus('pods', pod, withStates(pod, states, { phase: phaseWith(pod, container) }));
}

function load(pod: Live, images: Images): void {
  const { imageName, pin } = ImportOrder.parse(JSON.parse(annotationsOf(pod)[order] ?? ''));
  images.load(nodeOf(pod), imageName);
  if (pin !== undefined) images.pin(nodeOf(pod), imageName, pod.metadata.name);
}

/** A Pod of a user's. An image that is there is used when it is looked for: at once when the Pod changes, else in its own time. */
function* waitingPod(pod: Live, { world, hands, images }: Stage): Iterable<Move> {
  const { uid } = pod.metadata;
  const [container] = containersOf(pod);
  const name = textOf(container?.name);
  const state = stateOf(pod, name);
  if (state.running !== undefined || isOver(pod)) return;
  const waiting = textOf(rawOf(state.waiting).reason);
  const set = (next: object, phase: string) =>
    hands.patchStatus('pods', pod, withStates(pod, { [name]: next }, { phase }));
  if (images.has(nodeOf(pod), textOf(container?.image))) {
    const isWoken = annotationsOf(pod)[podAnnotation.wokenAt] !== undefined;
    const running = { running: { startedAt: world.clock.now().toISOString() } };
    const afterMs = waiting === '' || isWoken ? 300 : longestBackOffMs;
    yield { key: `run ${uid} ${isWoken}`, afterMs, make: () => set(running, 'Running') };
  } else if (waiting === '') {
    const message = `failed to pull image "${textOf(container?.image)}"`;
    const make = () => set({ waiting: { reason: 'ErrImagePull', message } }, 'Pending');
    yield { key: `pull ${uid}`, afterMs: 200, make };
  } else if (waiting === 'ErrImagePull') {
    const message = `Back-off pulling image "${textOf(container?.image)}"`;
    const make = () => set({ waiting: { reason: 'ImagePullBackOff', message } }, 'Pending');
    yield { key: `back off ${uid}`, afterMs: 10_000, make };
  }
}

export function isRunning(pod: Live): boolean {
  return statusOf(pod).phase === 'Running';
}
