import { printableLine } from '../../printable.ts';

const tailChars = 2000;
const lineChars = 500;

/** A stranger's standard error: shown line by line, its end kept for the failure's record. */
export class LogTail {
  text = '';
  readonly #print: (line: string) => void;
  #unfinished = '';

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  add(chunk: Buffer): void {
    const text = chunk.toString('utf8');
    this.text = (this.text + text).slice(-tailChars);
    const lines = (this.#unfinished + text).split('\n');
    this.#unfinished = (lines.pop() ?? '').slice(-lineChars);
    for (const line of lines) {
      // Marked, so that it cannot pass for a line of enbi's.
      this.#print(`script: ${printableLine(line, lineChars)}`);
    }
  }
}
