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
    const { tailLines = Number.POSITIVE_INFINITY, limitBytes = Number.POSITIVE_INFINITY } = selection;
    const from = Math.max(0, this.#pieces.length - tailLines);
    let line = '';
    let left = limitBytes;
    for await (const { piece, index } of this.#piecesFrom(from, { ...selection, signal })) {
      left -= piece.text.length;
      line += piece.text;
      if (piece.endsLine) yield lineOf(line, index);
      if (piece.endsLine) line = '';
      if (left <= 0) return;
    }
  }

  async *#piecesFrom(from: number, { follow, signal }: { readonly follow: boolean; readonly signal: AbortSignal }) {
    const cutsBefore = this.#cuts;
    for (let index = from; ; ) {
      if (signal.aborted) return;
      if (this.#cuts > cutsBefore) throw new TransientError('NetworkUnreachable', 'the connection was cut');
      const piece = this.#pieces[index];
      if (piece !== undefined) yield { piece, index: index++ };
      else if (follow && !this.#isOver) await this.#news(signal);
      else return;
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
