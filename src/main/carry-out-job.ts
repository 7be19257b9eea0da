import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentJob, AgentPlaces, AskedOfChild, PinsFound } from '../agent/agent-job.ts';
import type { AgentImport } from '../api/agent-order.ts';
import { directoryOf } from '../api/order.ts';
import type { ImportSuccess, StageFailure } from '../api/result.ts';
import { asError } from '../errors.ts';
import { explain, failureResult } from '../importer/outcome.ts';
import type { NodeImages } from '../importer/ports.ts';
import { pinLabel, unpin } from '../importer/sink/pin.ts';
import { openStore } from '../importer/source/open-store.ts';
import { carryOutImport } from './carry-out-import.ts';
import { connectToNode } from './connect-to-node.ts';

export type JobAnswer = { readonly ok: true } | PinsFound | ImportSuccess | StageFailure;

interface Surroundings {
  readonly stop: AbortSignal;
  readonly print: (line: string) => void;
}

/** What an agent asks for, done in this process. Never rejects. */
export async function carryOutJob({ job, places }: AskedOfChild, around: Surroundings): Promise<JobAnswer> {
  const print = (line: string) => around.print(asNixSays(line));
  try {
    return job.do === 'import' ? await importFrom(job.order, places, { ...around, print }) : await onPins(job, places);
  } catch (thrown) {
    print(explain(thrown));
    const failure = isOutOfMemory(thrown) ? outOfMemory : failureResult(thrown);
    return { ...failure, message: asNixSays(failure.message) };
  }
}

async function importFrom(order: AgentImport, places: AgentPlaces, around: Surroundings): Promise<ImportSuccess> {
  const directory = directoryOf(order.store);
  const memory = join(places.memories, directory);
  await using store = await openStore(join(places.stores, directory));
  await mkdir(memory, { recursive: true, mode: 0o700 });
  const { print, stop } = around;
  return await carryOutImport(order, { store: store.root, memory, host: places.host, print }, stop);
}

async function onPins(job: Exclude<AgentJob, { do: 'import' }>, places: AgentPlaces): Promise<JobAnswer> {
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

/** The store lies behind a descriptor of this process, which tells nobody anything. */
function asNixSays(text: string): string {
  return text.replaceAll(/\/proc\/self\/fd\/\d+\/store/g, '/nix/store');
}
