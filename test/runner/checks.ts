import { show } from './command.ts';
import { add, empty, oneFailure, type Tally } from './tally.ts';

interface Check {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

/** The static parts of `npm run check`. */
const checks: readonly Check[] = [
  { name: 'generated files are current', program: 'node', args: ['tools/generate.ts', '--check'] },
  { name: 'format', program: 'biome', args: ['check', '.'] },
  {
    name: 'lint',
    program: 'oxlint',
    args: ['--type-aware', '--deny-warnings', 'src', 'cluster', 'image', 'test', 'tools'],
  },
  { name: 'types', program: 'tsc', args: ['--noEmit'] },
];

export async function runChecks(say: (line: string) => void): Promise<Tally> {
  let tally = empty;
  for (const { name, program, args } of checks) {
    const passed = (await show(program, args)) === 0;
    say(`${passed ? '✓' : '✗'} ${name}`);
    tally = add(tally, passed ? { ...empty, passed: 1 } : oneFailure(`check: ${name}`));
  }
  return tally;
}
