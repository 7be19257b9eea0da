import { progressPrefix } from '../api/order.ts';
import type { Layer } from './source/source.ts';

export interface Output {
  print(line: string): void;
  now(): number;
}

type Part = Pick<Layer, 'digest' | 'sizeBytes' | 'origin'>;

/**
 * Says how far the import is, at most once a second: which layers the runtime knew, which were made here, how much was sent. The
 * controller copies the lines to `status.progress`.
 */
export class Progress {
  readonly #output: Output;
  #known = 0;
  #missing: readonly Part[] = [];
  #sent: Part[] = [];
  /** By layer under way: its bytes so far. */
  readonly #underWay = new Map<string, number>();
  #printedAt = Number.NEGATIVE_INFINITY;

  constructor(output: Output) {
    this.#output = output;
  }

  /** What the runtime has of the image, and what it gets now. */
  begins(known: number, missing: readonly Part[]): void {
    this.#known = known;
    this.#missing = missing;
    this.#printSeldom();
  }

  /** Also when a layer is begun anew. */
  layerBegins({ digest }: Part): void {
    this.#underWay.set(digest, 0);
  }

  bytes({ digest }: Part, count: number): void {
    this.#underWay.set(digest, (this.#underWay.get(digest) ?? 0) + count);
    this.#printSeldom();
  }

  /** Also when another importer was faster: its bytes are on the node now. */
  layerDone(layer: Part): void {
    this.#sent.push(layer);
    this.#underWay.delete(layer.digest);
    this.#printSeldom();
  }

  #printSeldom(): void {
    const now = this.#output.now();
    if (now - this.#printedAt < 1000) {
      return;
    }
    this.#printedAt = now;
    this.#output.print(`${progressPrefix}${this.#text()}`);
  }

  #text(): string {
    const known = this.#known === 0 ? '' : `, ${this.#known} known`;
    if (this.#missing.length === 0) {
      return `no layer to send${known}`;
    }
    const underWay = [...this.#underWay.values()].reduce((total, bytes) => total + bytes, 0);
    const bytes = `${mebibytes(bytesOf(this.#sent) + underWay)}/${mebibytes(bytesOf(this.#missing))} MiB`;
    const made = this.#sent.filter(({ origin }) => origin === 'made').length;
    const howMade = made === 0 ? '' : `, ${made} of them made here`;
    return `${this.#sent.length}/${this.#missing.length} layers sent${howMade}, ${bytes}${known}`;
  }
}

function bytesOf(parts: readonly Part[]): number {
  return parts.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
}

export function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
