import { progressPrefix } from '../api/order.ts';
import type { Layer } from './source/source.ts';

export interface Output {
  print(line: string): void;
  now(): number;
}

type Part = Pick<Layer, 'digest' | 'sizeBytes'>;

/** Says how far the import is, at most once a second; the controller copies the lines to `status.progress`. */
export class Progress {
  readonly #output: Output;
  readonly #layers: number;
  readonly #totalBytes: number;
  #layersDone = 0;
  #bytesDone = 0;
  /** By layer under way: its bytes so far. */
  readonly #underWay = new Map<string, number>();
  #printedAt = Number.NEGATIVE_INFINITY;

  constructor(layers: readonly Part[], output: Output) {
    const sizes = new Map(layers.map(({ digest, sizeBytes }) => [digest, sizeBytes]));
    this.#layers = sizes.size;
    this.#totalBytes = [...sizes.values()].reduce((total, size) => total + size, 0);
    this.#output = output;
  }

  /** Also when a layer is begun anew. */
  layerBegins({ digest }: Part): void {
    this.#underWay.set(digest, 0);
  }

  bytes({ digest }: Part, count: number): void {
    this.#underWay.set(digest, (this.#underWay.get(digest) ?? 0) + count);
    this.#printSeldom();
  }

  /** Sent or found there: either way its bytes are on the node now. */
  layerDone({ digest, sizeBytes }: Part): void {
    this.#layersDone += 1;
    this.#bytesDone += sizeBytes;
    this.#underWay.delete(digest);
    this.#printSeldom();
  }

  #printSeldom(): void {
    const now = this.#output.now();
    if (now - this.#printedAt < 1000) {
      return;
    }
    this.#printedAt = now;
    const underWay = [...this.#underWay.values()].reduce((total, bytes) => total + bytes, 0);
    const bytes = `${mebibytes(this.#bytesDone + underWay)}/${mebibytes(this.#totalBytes)} MiB imported`;
    this.#output.print(`${progressPrefix}${this.#layersDone}/${this.#layers} layers, ${bytes}`);
  }
}

export function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
