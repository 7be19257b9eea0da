// `npm run soak -- --minutes N [--seed S]`: builds, roll-overs and failures while controllers and a node are killed, chosen at random
// by the seed; at the end nothing may be left over, and no controller may have grown.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runProgram } from '../tools/run-program.ts';
import { summaryOf } from './runner/tally.ts';
import { runWithRealParts } from './runner/with-real-parts.ts';

const say = (line: string) => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string' } } });
  const { minutes, seed = String(randomInt(1_000_000)) } = values;
  if (!/^[1-9]\d*$/.test(minutes) || !/^\d+$/.test(seed)) throw new Error('minutes and seed are whole numbers');
  say(`${minutes} minutes, seed ${seed}`);
  const env = {
    ENBI_SOAK_MINUTES: minutes,
    ENBI_SOAK_SEED: seed,
    ENBI_E2E_CLUSTER: process.env.ENBI_E2E_CLUSTER ?? 'soak',
  };
  const tally = await runWithRealParts({ project: 'soak', env }, say);
  say(summaryOf(tally));
  process.exitCode = tally.failed > 0 ? 1 : 0;
}

await runProgram(main);
