import { progressPrefix } from '../api/order.ts';
import type { Layer } from './source/source.ts';

export interface Output {
  print(line: string): void;
  now(): number;
}

/** Says how far the import is, at most once a second; the controller copies the lines to `status.progress`. */
export class Progress {
  readonly #output: Output;
  readonly #layers: number;
  readonly #totalBytes: number;
  #layersDone = 0;
  #bytesDone = 0;
  #bytesOfLayer = 0;
  #printedAt = Number.NEGATIVE_INFINITY;

  constructor(layers: readonly Layer[], output: Output) {
    const sizes = new Map(layers.map(({ digest, sizeBytes }) => [digest, sizeBytes]));
    this.#layers = sizes.size;
    this.#totalBytes = [...sizes.values()].reduce((total, size) => total + size, 0);
    this.#output = output;
  }

  /** Also when a layer is begun anew. */
  layerBegins(): void {
    this.#bytesOfLayer = 0;
  }

  bytes(count: number): void {
    this.#bytesOfLayer += count;
    this.#printSeldom();
  }

  /** Sent or found there: either way its bytes are on the node now. */
  layerDone({ sizeBytes }: Layer): void {
    this.#layersDone += 1;
    this.#bytesDone += sizeBytes;
    this.#bytesOfLayer = 0;
    this.#printSeldom();
  }

  #printSeldom(): void {
    const now = this.#output.now();
    if (now - this.#printedAt < 1000) {
      return;
    }
    this.#printedAt = now;
    const bytes = `${mebibytes(this.#bytesDone + this.#bytesOfLayer)}/${mebibytes(this.#totalBytes)} MiB imported`;
    this.#output.print(`${progressPrefix}${this.#layersDone}/${this.#layers} layers, ${bytes}`);
  }
}

export function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
