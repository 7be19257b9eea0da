import { podAnnotation } from '../../../src/api/labels.ts';
import { isReporting } from '../../../src/api/report.ts';
import { rawOf, textOf } from '../../../src/cluster-view/raw.ts';
import { agentContainer } from '../../../src/mailbox/order-reports.ts';
import { annotationsOf, controllerOf, isGoing, type Live, statusOf } from '../server/live.ts';
import { containersOf, initsOf, isOver, nodeOf, stateOf, withStates } from './pods.ts';
import { isReady } from './scheduler.ts';
import { type Ending, unbegun } from './script.ts';
import type { Move, Stage } from './stand-in.ts';

/** A Pod that is not woken looks again only when its back-off is over. */
const longestBackOffMs = 300_000;
/** It looks for ended containers once a second. */
const seenAfterMs = 700;
/** It looks whether an annotation is another when it hears of the Pod. */
const broughtAfterMs = 200;

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

function* goingPod(pod: Live, { hands, world, runs, agents, logs }: Stage): Iterable<Move> {
  const make = async () => {
    runs.end(pod, world.clock.ms);
    await agents.stop(pod);
    for (const { name } of containersOf(pod)) logs.end(pod, textOf(name));
    await hands.remove('pods', pod);
  };
  yield { key: `remove pod ${pod.metadata.uid}`, afterMs: 400, make };
}

/** Init containers run one after the other, and all others together; of those, `build` works when `fetch` has ended well. */
function* jobPod(pod: Live, stage: Stage): Iterable<Move> {
  if (isOver(pod)) return;
  const { uid } = pod.metadata;
  const names = containersOf(pod).map(({ name }) => textOf(name));
  const working = names.find((name) => codeOf(pod, name) !== 0);
  const running = names.filter((name) => stateOf(pod, name).running !== undefined);
  const failed = working !== undefined && codeOf(pod, working) !== undefined;
  const fresh = failed ? undefined : names.find((name) => mayStart(pod, name));
  if (fresh !== undefined) {
    yield { key: `start ${uid} ${fresh}`, afterMs: 200, make: () => start(pod, fresh, stage) };
  } else if (running.length === 0) {
    const phase = failed ? 'Failed' : 'Succeeded';
    const make = () => stage.hands.patchStatus('pods', pod, withStates(pod, {}, { phase }));
    yield { key: `over ${uid}`, afterMs: 500, make };
  }
  const atWork = names.find((name) => name !== agentContainer && !isThrough(pod, name, stage));
  for (const name of running) {
    if (name === agentContainer) yield* agentRuns(pod, stage);
    else if (stage.logs.hasReported(pod, name)) yield seenEnd(pod, name, stage);
    else if (failed) yield endAs(unbegun, { pod, name, stage });
    else if (name === atWork) yield workEnds(pod, name, stage);
  }
}

/** It ends by itself; until then it is brought its orders. */
function* agentRuns(pod: Live, stage: Stage): Iterable<Move> {
  const { agents } = stage;
  const ending = agents.of(pod)?.ending;
  const list = agents.listFor(pod);
  if (ending !== undefined) {
    yield endAs({ ...ending, afterMs: seenAfterMs }, { pod, name: agentContainer, stage });
  } else if (list !== undefined) {
    const make = () => Promise.resolve(agents.bring(pod, list));
    yield { key: `orders ${pod.metadata.uid} ${list}`, afterMs: broughtAfterMs, make };
  }
}

/** Its process has ended well, whatever the kubelet has seen of that. */
function isThrough(pod: Live, name: string, { script, logs }: Stage): boolean {
  return codeOf(pod, name) === 0 || (logs.hasReported(pod, name) && script.ending(pod, name).exitCode === 0);
}

/** What is killed reports nothing. */
function workEnds(pod: Live, name: string, stage: Stage): Move {
  const ending = stage.script.ending(pod, name);
  if (!isReporting(name) || ending.message === '') return endAs(ending, { pod, name, stage });
  return {
    key: `report ${pod.metadata.uid} ${name}`,
    afterMs: ending.afterMs,
    make: () => Promise.resolve(report(pod, name, stage)),
  };
}

/** All is done by then but the end of the process. */
function report(pod: Live, name: string, { world, script, runs, logs }: Stage): void {
  const { exitCode, message } = script.ending(pod, name);
  if (name === 'build') runs.end(pod, world.clock.ms, exitCode === 0);
  logs.report(pod, name, message);
  // What is handed over is what the other one waits for.
  if (name !== 'fetch' || exitCode !== 0) return;
  runs.begin(pod, world.clock.ms);
  logs.begin(pod, 'build');
}

function seenEnd(pod: Live, name: string, stage: Stage): Move {
  return endAs({ ...stage.script.ending(pod, name), afterMs: seenAfterMs }, { pod, name, stage });
}

interface Ended {
  readonly pod: Live;
  readonly name: string;
  readonly stage: Stage;
}

function endAs(ending: Ending, ended: Ended): Move {
  const { pod, name } = ended;
  return { key: `end ${pod.metadata.uid} ${name}`, afterMs: ending.afterMs, make: () => end(ending, ended) };
}

function codeOf(pod: Live, container: string): unknown {
  return rawOf(stateOf(pod, container).terminated).exitCode;
}

function hasStarted(pod: Live, container: string): boolean {
  const { running, terminated } = stateOf(pod, container);
  return running !== undefined || terminated !== undefined;
}

function mayStart(pod: Live, container: string): boolean {
  return !hasStarted(pod, container) && initsOf(pod).every((init) => init === container || codeOf(pod, init) === 0);
}

async function start(pod: Live, container: string, { hands, world, logs, agents }: Stage): Promise<void> {
  logs.open(pod, container);
  if (container === agentContainer) agents.start(pod);
  else if (container !== 'build') logs.begin(pod, container);
  const running = { running: { startedAt: world.clock.now().toISOString() } };
  await hands.patchStatus('pods', pod, withStates(pod, { [container]: running }, { phase: phaseWith(pod, container) }));
}

/** While a container has yet to start the Pod is pending. */
function phaseWith(pod: Live, container: string): string {
  const names = containersOf(pod).map(({ name }) => textOf(name));
  return names.every((name) => name === container || hasStarted(pod, name)) ? 'Running' : 'Pending';
}

async function end({ exitCode, message }: Ending, { pod, name: container, stage }: Ended): Promise<void> {
  const { hands, world, runs, logs } = stage;
  logs.end(pod, container);
  if (container === 'build') runs.end(pod, world.clock.ms, exitCode === 0);
  const { startedAt } = rawOf(stateOf(pod, container).running);
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  const terminated = { startedAt, finishedAt: world.clock.now().toISOString(), exitCode, reason, message };
  const states = { [container]: { terminated } };
  await hands.patchStatus('pods', pod, withStates(pod, states, { phase: phaseWith(pod, container) }));
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
