import { stripVTControlCharacters, styleText } from 'node:util';

export type Tone = 'plain' | 'good' | 'bad' | 'wait' | 'quiet';

/** Where the story is told. Lines carry the time since the act began; one line below them says what runs now. */
export interface Terminal {
  act(title: string): void;
  say(text: string, tone?: Tone): void;
  /** Without a time: tables, hints. */
  print(text: string, tone?: Tone): void;
  /** What runs now; empty: nothing. In a pipe each new text is a line. */
  live(text: string): void;
  close(): void;
}

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
  let running = '';
  const paint = (tone: Tone | 'title', text: string) => (color ? styleText(format[tone], text, forced) : text);
  const time = () => `${((now() - began) / 1000).toFixed(1).padStart(7)} s`;
  const erase = () => (output.isTTY === true && running !== '' ? '\r\x1b[2K' : '');
  const timed = (text: string) => indent(text, timeWidth, `${paint('quiet', time())}  `);
  const status = () => fit(`${time()}  ${running}`, output.columns ?? 80);

  const redraw = () => {
    if (output.isTTY === true && running !== '') output.write(`\r\x1b[2K${paint('wait', status())}`);
  };
  const write = (text: string) => {
    output.write(`${erase()}${text}\n`);
    redraw();
  };
  const ticking = setInterval(redraw, 200).unref();

  return {
    act: (title) => {
      began = now();
      acts += 1;
      write(`\n${paint('title', `${acts}  ${title}`)}`);
    },
    say: (text, tone = 'plain') => write(timed(paint(tone, text))),
    print: (text, tone = 'plain') => write(indent(paint(tone, text), margin.length, margin)),
    live: (text) => {
      if (text === running) return;
      if (text === '') output.write(erase());
      running = text;
      if (output.isTTY === true) redraw();
      else if (text !== '') output.write(`${timed(text)}\n`);
    },
    close: () => {
      clearInterval(ticking);
      output.write(erase());
      running = '';
    },
  };
}

const format = { title: 'bold', plain: 'reset', good: 'green', bad: 'red', wait: 'yellow', quiet: 'dim' } as const;
/** Whether to colour is decided once, here above; Node would decide again for each text. */
const forced = { validateStream: false } as const;
const margin = '   ';
const timeWidth = 11;

function indent(text: string, width: number, first: string): string {
  return `${first}${text.replaceAll('\n', `\n${' '.repeat(width)}`)}`;
}

/** A line that wraps could not be rewritten. */
function fit(text: string, columns: number): string {
  const plain = stripVTControlCharacters(text).replaceAll('\n', ' ');
  return plain.length < columns ? plain : `${plain.slice(0, columns - 2)}…`;
}
