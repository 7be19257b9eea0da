import { spawn } from 'node:child_process';
import { AskedOfChild } from '../../src/agent/agent-job.ts';
import { runAgentChild } from '../../src/main/agent-child.ts';

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
};

process.prependListener('message', (message) => {
  const { job } = AskedOfChild.parse(message);
  const harm = job.do === 'import' ? /\/hostile-([a-z-]+):/.exec(job.order.imageName)?.[1] : undefined;
  if (harm !== undefined) harms[harm]?.();
});

process.exitCode = await runAgentChild();
