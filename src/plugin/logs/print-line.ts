import type { Screen } from '../screen.ts';
import type { ToldLine } from './tell-logs.ts';

/** A line of a log behind its stage; what is said about a log looks different. */
export function printLine({ stage, kind, text }: ToldLine, screen: Screen): void {
  screen.say(`${stage.padEnd(6)} ${kind === 'note' ? '┄' : '│'} ${text}`, kind === 'note' ? 'quiet' : 'plain');
}
