import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import type { AskedOfChild } from '../../src/agent/agent-job.ts';
import { runAgentChild } from '../../src/main/agent-child.ts';
import { carryOutJob } from '../../src/main/carry-out-job.ts';

/** A child of an agent in which an archive does, as its image is called, what no archive should be able to. */
const harms: Readonly<Record<string, () => void>> = {
  eats: () => {
    const eaten: Buffer[] = [];
    for (;;) eaten.push(Buffer.alloc(8 * 1024 * 1024, 1));
  },
  'eats-heap': () => {
    const eaten: object[] = [];
    for (;;) eaten.push({ at: eaten.length, text: String(eaten.length) });
  },
  hangs: () => {
    for (;;);
  },
  crashes: () => process.abort(),
  exits: () => process.exit(7),
  forks: () => {
    spawn('sleep', ['600'], { stdio: 'ignore' });
    for (;;);
  },
  'leaves-its-group': () => {
    spawn('sleep', ['30'], { detached: true, stdio: 'inherit' });
    for (;;);
  },
  // Whatever the agent hears it by.
  babbles: () => {
    for (const fd of [1, 3]) sayTo(fd, 'no sentence\n{"cmd":"NODE_HANDLE_NACK"}\n');
    process.exit(7);
  },
  'says-much': () => {
    for (;;) sayTo(1, 'x'.repeat(2 ** 16));
  },
  'says-often': () => {
    for (;;) sayTo(1, '{"line":"x"}\n');
  },
};

function sayTo(fd: number, text: string): void {
  try {
    writeSync(fd, text);
  } catch {
    // It is full, or not there.
  }
}

function harmOf({ job }: AskedOfChild): (() => void) | undefined {
  const harm = job.do === 'import' ? /\/hostile-([a-z-]+):/.exec(job.order.imageName)?.[1] : undefined;
  return harm === undefined ? undefined : harms[harm];
}

process.exitCode = await runAgentChild(async (asked, around) => {
  harmOf(asked)?.();
  return await carryOutJob(asked, around);
});
