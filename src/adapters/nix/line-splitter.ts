import { StringDecoder } from 'node:string_decoder';

const keptHead = 64 * 1024;
const keptTail = 256;

/** A line of a stream; of a very long one the middle is gone. */
export interface Line {
  readonly text: string;
  /** The end of a line whose middle is gone. */
  readonly tail?: string;
}

/** Cuts a byte stream into lines with bounded memory: a builder may print gigabytes without a newline. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #head = '';
  #tail = '';
  #cut = false;

  push(chunk: Uint8Array): Line[] {
    return this.#take(this.#decoder.write(chunk));
  }

  end(): Line[] {
    const lines = this.#take(this.#decoder.end());
    return this.#head === '' ? lines : [...lines, this.#finish()];
  }

  #take(text: string): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
      this.#append(text.slice(from, at));
      lines.push(this.#finish());
      from = at + 1;
    }
    this.#append(text.slice(from));
    return lines;
  }

  #append(text: string): void {
    const room = keptHead - this.#head.length;
    this.#head += text.slice(0, room);
    if (text.length <= room) return;
    this.#cut = true;
    this.#tail = (this.#tail + text.slice(Math.max(room, 0))).slice(-keptTail);
  }

  #finish(): Line {
    const line = this.#cut ? { text: this.#head, tail: this.#tail } : { text: this.#head };
    this.#head = '';
    this.#tail = '';
    this.#cut = false;
    return line;
  }
}
