import { TransientError } from '../../errors.ts';
import type { LogLine, LogSelection } from '../kube-client.ts';

/** The runtime cuts lines into pieces of so many characters, and that is what a kubelet counts as lines. */
const pieceLength = 16_384;

interface Piece {
  readonly text: string;
  readonly endsLine: boolean;
}

/** The log of a container that runs. It can end, and everybody's connection to it can be cut. */
export class LiveLog {
  readonly #pieces: Piece[] = [];
  readonly #readers = new Set<() => void>();
  #isOver = false;
  #cuts = 0;

  /** How many wait for the next line at this moment. */
  get followers(): number {
    return this.#readers.size;
  }

  print(...lines: readonly string[]): void {
    for (const line of lines) {
      for (let from = 0; from <= line.length; from += pieceLength) {
        const end = from + pieceLength;
        this.#pieces.push({ text: line.slice(from, end), endsLine: end > line.length });
      }
    }
    this.#wakeAll();
  }

  end(): void {
    this.#isOver = true;
    this.#wakeAll();
  }

  cut(): void {
    this.#cuts++;
    this.#wakeAll();
  }

  async *read(selection: LogSelection, signal: AbortSignal): AsyncGenerator<LogLine, void> {
    const { follow, tailLines = Number.POSITIVE_INFINITY, limitBytes = Number.POSITIVE_INFINITY } = selection;
    const cutsBefore = this.#cuts;
    let line = '';
    let left = limitBytes;
    for (let at = Math.max(0, this.#pieces.length - tailLines); left > 0; at++) {
      while (at >= this.#pieces.length && follow && !this.#isOver && this.#cuts === cutsBefore && !signal.aborted) {
        await this.#news(signal);
      }
      if (signal.aborted) return;
      if (this.#cuts > cutsBefore) throw new TransientError('NetworkUnreachable', 'the connection was cut');
      const piece = this.#pieces[at];
      if (piece === undefined) return;
      left -= piece.text.length;
      line += piece.text;
      if (piece.endsLine) yield lineOf(line, at);
      if (piece.endsLine) line = '';
    }
  }

  async #news(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.#readers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#readers.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  #wakeAll(): void {
    for (const wake of this.#readers) wake();
  }
}

export function lineOf(text: string, index: number): LogLine {
  return { time: `2026-11-23T12:00:00.${String(index).padStart(9, '0')}Z`, text };
}
