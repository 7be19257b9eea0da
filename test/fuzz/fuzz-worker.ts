// Tries inputs without end, in a thread of its own: fuzz.ts ends it, also when it hangs.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { asError } from '../../src/errors.ts';
import { place } from '../hostile/place.ts';
import { Random } from '../hostile/random.ts';
import { checkSource, checkTar } from './check-input.ts';
import { Coverage } from './coverage.ts';
import { type Input, Inputs } from './inputs.ts';
import type { FromWorker } from './messages.ts';

const Data = z.object({ seed: z.number(), directory: z.string() });

/** Coverage is asked for once for so many: the question takes longer than many inputs. */
const batch = 100;

const { seed, directory } = Data.parse(workerData);
const random = new Random(seed);
const inputs = new Inputs(random);
const store = join(directory, 'store');
const path = join(store, '0123456789abcdfghijklmnpqrsvwxyz-input');

await mkdir(store, { recursive: true });
using coverage = await Coverage.start();

function tell(message: FromWorker): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
  parentPort?.postMessage(message);
}

async function attempt({ story, ...built }: Input): Promise<void> {
  const { output } = built;
  await rm(store, { recursive: true, force: true });
  await mkdir(store);
  await place(built, path);
  tell({ is: 'trying', story, isFile: Buffer.isBuffer(output) });
  try {
    if (Buffer.isBuffer(output)) await checkTar(output, path, 1 + random.below(2000));
    tell({ is: 'tried', outcome: await checkSource(store, path) });
  } catch (thrown) {
    const input = Buffer.isBuffer(output) ? { input: new Uint8Array(output) } : {};
    tell({ is: 'finding', problem: asError(thrown).message, ...input });
  }
}

/** Which of them it was that ran something new is asked only now. */
async function keepWhatIsNew(tried: readonly Input[], news: Set<string>): Promise<void> {
  for (const input of tried) {
    if (news.size === 0) return;
    await attempt(input);
    const found = await coverage.among(news);
    for (const block of found) news.delete(block);
    if (found.length > 0) inputs.keep(input);
  }
}

for (;;) {
  const tried = Array.from({ length: batch }, () => inputs.next());
  for (const input of tried) await attempt(input);
  await keepWhatIsNew(tried, await coverage.news());
  tell({ is: 'coverage', blocks: coverage.size, kept: inputs.kept });
}
