import { styleText } from 'node:util';
import { oneLine } from '../printable.ts';

export type Tone = 'plain' | 'good' | 'bad' | 'warn' | 'quiet' | 'title';

/** Where people read. Whatever is written has come from the cluster somewhere, so all of it is made printable here. */
export interface Screen {
  /** One line, whatever the text holds: no line break of a stranger's begins a line that looks like one of ours. */
  say(text: string, tone?: Tone): void;
  /** What runs now: one line that is written over on a terminal, left out of a pipe. Empty: nothing. */
  live(text: string): void;
}

export interface ScreenOptions {
  readonly write: (text: string) => void;
  /** Lines can be written over. */
  readonly isTerminal: boolean;
  readonly color: boolean;
  readonly columns: () => number;
}

const eraseLine = '\r\u001b[2K';
const format = { good: 'green', bad: 'red', warn: 'yellow', quiet: 'dim', title: 'bold' } as const;
const longestLine = 4000;

export function createScreen({ write, isTerminal, color, columns }: ScreenOptions): Screen {
  let shown = '';
  const erase = () => (shown === '' ? '' : eraseLine);
  return {
    say: (text, tone = 'plain') => {
      write(`${erase()}${painted(oneLine(text, longestLine), tone, color)}\n${shown}`);
    },
    live: (text) => {
      if (!isTerminal) return;
      // A line that wraps could not be written over.
      const next = painted(oneLine(text, Math.max(columns() - 1, 20)), 'warn', color);
      if (next === shown) return;
      write(`${erase()}${next}`);
      shown = next;
    },
  };
}

/** Whether to colour is decided once, by whoever made the screen; Node would decide again for each text. */
function painted(line: string, tone: Tone, color: boolean): string {
  return !color || tone === 'plain' || line === '' ? line : styleText(format[tone], line, { validateStream: false });
}
