import { stripVTControlCharacters, styleText } from 'node:util';

export type Tone = 'plain' | 'good' | 'bad' | 'wait' | 'quiet';

/** Where the story is told. Lines carry the time since the act began; one line below them says what runs now. */
export interface Terminal {
  act(title: string): void;
  say(text: string, tone?: Tone): void;
  /** Without a time: tables, hints. */
  print(text: string, tone?: Tone): void;
  /** What runs now; empty: nothing. In a pipe each new text is a line, of `requests` one now and then. */
  live(text: string, slot?: Slot): void;
  close(): void;
}

/** Two things may run at the same time; they share the line. */
export type Slot = 'work' | 'requests';

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface TerminalOptions {
  readonly output: Output;
  readonly color: boolean;
  readonly now: () => number;
}

/** https://no-color.org: any value that is not empty. */
export function wantsColor(output: Output, environment: Readonly<Record<string, string | undefined>>): boolean {
  const refused = (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb';
  return output.isTTY === true && !refused;
}

export function createTerminal({ output, color, now }: TerminalOptions): Terminal {
  let acts = 0;
  let began = now();
  const running = new Map<Slot, string>();
  const shownAt = new Map<Slot, number>();
  const isScreen = output.isTTY === true;
  const paint = (tone: Tone | 'title', text: string) => (color && tone !== 'plain' ? painted(tone, text) : text);
  const time = () => `${((now() - began) / 1000).toFixed(1).padStart(7)} s`;
  const timed = (text: string) => indent(text, `${paint('quiet', time())}  `, timeWidth);
  const erase = () => (isScreen && running.size > 0 ? eraseLine : '');
  const redraw = () => {
    if (!isScreen || running.size === 0) return;
    const status = `${time()}  ${[...running.values()].join('  ·  ')}`;
    output.write(`${eraseLine}${paint('wait', fit(status, output.columns ?? 80))}`);
  };
  const write = (text: string) => {
    output.write(`${erase()}${text}\n`);
    redraw();
  };
  const isDue = (slot: Slot) => now() - (shownAt.get(slot) ?? Number.NEGATIVE_INFINITY) >= pauseMs[slot];
  const ticking = setInterval(redraw, 200).unref();

  return {
    act: (title) => {
      began = now();
      acts += 1;
      write(`\n${paint('title', `${acts}  ${title}`)}`);
    },
    say: (text, tone = 'plain') => write(timed(paint(tone, text))),
    print: (text, tone = 'plain') => write(indent(paint(tone, text), margin, margin.length)),
    live: (text, slot = 'work') => {
      if (text === (running.get(slot) ?? '')) return;
      const toErase = erase();
      if (text === '') running.delete(slot);
      else running.set(slot, text);
      if (isScreen) {
        output.write(toErase);
        redraw();
      } else if (text !== '' && isDue(slot)) {
        shownAt.set(slot, now());
        output.write(`${timed(paint('quiet', text))}\n`);
      }
    },
    close: () => {
      clearInterval(ticking);
      output.write(erase());
      running.clear();
    },
  };
}

/** Between two lines of one kind in a pipe. */
const pauseMs: Readonly<Record<Slot, number>> = { work: 0, requests: 5000 };
const eraseLine = '\r\u001b[2K';
const format = { title: 'bold', good: 'green', bad: 'red', wait: 'yellow', quiet: 'dim' } as const;

/** Line by line, so that colours end with their line. Whether to colour is decided once; Node would decide again for each text. */
function painted(tone: keyof typeof format, text: string): string {
  const paintLine = (line: string) => (line === '' ? '' : styleText(format[tone], line, { validateStream: false }));
  return text.split('\n').map(paintLine).join('\n');
}

const margin = '   ';
const timeWidth = 11;

function indent(text: string, first: string, width: number): string {
  const [head = '', ...rest] = text.split('\n');
  const lines = rest.map((line) => (line === '' ? '' : `${' '.repeat(width)}${line}`));
  return [head === '' ? '' : `${first}${head}`, ...lines].join('\n');
}

/** A line that wraps could not be rewritten. */
function fit(text: string, columns: number): string {
  const plain = stripVTControlCharacters(text).replaceAll('\n', ' ');
  return plain.length < columns ? plain : `${plain.slice(0, columns - 2)}…`;
}
