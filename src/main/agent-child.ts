import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type AgentJob, type AgentPlaces, AskedOfChild, type PinsFound, type Saying } from '../agent/agent-job.ts';
import type { AgentImport } from '../api/agent-order.ts';
import { directoryOf, progressPrefix } from '../api/order.ts';
import { exitCode, type ImportSuccess, type StageFailure } from '../api/result.ts';
import { asError } from '../errors.ts';
import { explain, failureResult } from '../importer/outcome.ts';
import type { NodeImages } from '../importer/ports.ts';
import { pinLabel, unpin } from '../importer/sink/pin.ts';
import { openStore } from '../importer/source/open-store.ts';
import { carryOutImport } from './carry-out-import.ts';
import { connectToNode } from './connect-to-node.ts';
import { stopSignal } from './stop-signal.ts';

type Answer = { readonly ok: true } | PinsFound | ImportSuccess | StageFailure;

/** `enbi agent-child`: does what its agent tells it to, one job after another, and ends with it. Returns the exit code. */
export async function runAgentChild(stop = stopSignal()): Promise<number> {
  process.once('disconnect', () => process.exit(exitCode.transientFailure));
  process.on('message', (message) => {
    void answer(AskedOfChild.parse(message), stop).then((answer) => say({ answer }));
  });
  await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  return exitCode.transientFailure;
}

async function answer({ job, places }: AskedOfChild, stop: AbortSignal): Promise<Answer> {
  try {
    return job.do === 'import' ? await importFrom(job.order, places, stop) : await onPins(job, places);
  } catch (thrown) {
    print(explain(thrown));
    const failure = isOutOfMemory(thrown) ? outOfMemory : failureResult(thrown);
    return { ...failure, message: asNixSays(failure.message) };
  }
}

async function importFrom(order: AgentImport, places: AgentPlaces, stop: AbortSignal): Promise<ImportSuccess> {
  const directory = directoryOf(order.store);
  const memory = join(places.memories, directory);
  await using store = await openStore(join(places.stores, directory));
  await mkdir(memory, { recursive: true, mode: 0o700 });
  return await carryOutImport(order, { store: store.root, memory, host: places.host, print }, stop);
}

async function onPins(job: Exclude<AgentJob, { do: 'import' }>, places: AgentPlaces): Promise<Answer> {
  const images = await connectToNode(places, places.host);
  try {
    if (job.do === 'find pins') return await findPins(images);
    for (const { name, by } of job.pins) await unpin(name, by, images);
    return { ok: true };
  } finally {
    images.close();
  }
}

async function findPins(images: NodeImages): Promise<PinsFound> {
  const records = await images.recordsWith(pinLabel.by);
  return { ok: true, pins: records.map(({ name, labels }) => ({ name, by: labels[pinLabel.by] ?? '' })) };
}

const outOfMemory: StageFailure = {
  ok: false,
  reason: 'OutOfMemory',
  retry: true,
  message: 'the import needed more memory than its limit and was ended',
};

/** Node's word for memory that the kernel did not give. */
function isOutOfMemory(thrown: unknown): boolean {
  const { message, cause } = asError(thrown);
  const isOne = thrown instanceof RangeError && /allocat/i.test(message);
  return isOne || (cause !== undefined && isOutOfMemory(cause));
}

function print(line: string): void {
  const text = asNixSays(line);
  if (text.startsWith(progressPrefix)) say({ progress: text.slice(progressPrefix.length) });
  else say({ line: text.replace(/^\[enbi\] /, '') });
}

/** The store lies behind a descriptor of this process, which tells nobody anything. */
function asNixSays(text: string): string {
  return text.replaceAll(/\/proc\/self\/fd\/\d+\/store/g, '/nix/store');
}

/** An agent that is gone hears nothing: this process ends by that. */
function say(saying: Saying): void {
  process.send?.(saying, undefined, undefined, () => {});
}
