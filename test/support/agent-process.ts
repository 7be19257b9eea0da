import { runAgent } from '../../src/main/agent.ts';
import { printEntry } from '../../src/main/print-entry.ts';

/** An agent in a process of its own, set up as its one argument says. */
process.exitCode = await runAgent({ ...JSON.parse(process.argv[2] ?? ''), print: printEntry });
