import { progressPrefix } from '../api/order.ts';
import { printableLine } from '../printable.ts';
import type { BuildLog, Progress } from './build-log.ts';
import { derivationName } from './build-log.ts';
import type { NixEvent } from './ports.ts';

const maxLineLength = 1000;
const progressEveryMs = 1000;

export interface PrinterDeps {
  readonly print: (line: string) => void;
  readonly nowMs: () => number;
}

/**
 * The log people read (`kubectl logs`), and the progress lines the controller reads from it. Every line a builder or a server
 * wrote is put behind a prefix of ours, so none can pass for a progress line.
 */
export class BuildPrinter {
  readonly #log: BuildLog;
  readonly #deps: PrinterDeps;
  #lastText = '';
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(log: BuildLog, deps: PrinterDeps) {
    this.#log = log;
    this.#deps = deps;
  }

  /** `event` must have been added to the log before, except `ended`: its derivation's name would be gone. */
  show(event: NixEvent): void {
    for (const line of this.#linesFor(event)) this.#deps.print(line);
    this.tick();
  }

  /** A progress line if there is news and the last one is a second old. Call it now and then: the last event of a burst has no successor. */
  tick(): void {
    const text = progressText(this.#log.progress());
    const now = this.#deps.nowMs();
    if (text === '' || text === this.#lastText || now - this.#lastMs < progressEveryMs) return;
    this.#lastText = text;
    this.#lastMs = now;
    this.#deps.print(progressPrefix + text);
  }

  #linesFor(event: NixEvent): string[] {
    switch (event.type) {
      case 'building':
        return [`building ${derivationName(event.drvPath)}`];
      case 'phase':
        return [`${this.#nameOf(event.activity)}> phase ${printableLine(event.phase, 100)}`];
      case 'line':
        return [`${this.#nameOf(event.activity)}> ${printableLine(event.line, maxLineLength)}`];
      case 'copying':
        return [`copying ${derivationName(event.path)}`];
      case 'notice':
        return prefixed('nix> ', event.text);
      case 'failed':
        return prefixed('error: ', event.message);
      case 'planned':
      case 'copied':
      case 'copyExpected':
      case 'ended':
        return [];
      default:
        return event satisfies never;
    }
  }

  #nameOf(activity: number): string {
    return this.#log.nameOf(activity) ?? 'build';
  }
}

/** `2/5 built, 12.3/45.6 MiB copied, building hello-2.12`; empty when there is nothing to tell. */
export function progressText(progress: Progress): string {
  const parts: string[] = [];
  if (progress.toBuild > 0) parts.push(`${progress.built}/${progress.toBuild} built`);
  if (progress.bytesToCopy > 0)
    parts.push(`${mebibytes(progress.bytesCopied)}/${mebibytes(progress.bytesToCopy)} MiB copied`);
  const [first, ...others] = progress.building;
  if (first !== undefined) parts.push(`building ${first}${others.length > 0 ? ` and ${others.length} more` : ''}`);
  return parts.join(', ');
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(1);
}

function prefixed(prefix: string, text: string): string[] {
  return text
    .split('\n')
    .slice(0, 100)
    .map((line) => prefix + printableLine(line, maxLineLength));
}
