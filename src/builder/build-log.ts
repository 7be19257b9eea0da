import { printableLine } from '../printable.ts';
import type { NixEvent } from './ports.ts';

const keptLines = 30;
/** Of lines that tell of an error the first ones: a server's page may follow, of any length. */
const keptErrors = 20;
const keptLineLength = 400;
const keptLogs = 64;

export interface Progress {
  readonly built: number;
  readonly toBuild: number;
  readonly pathsCopied: number;
  readonly bytesCopied: number;
  readonly bytesToCopy: number;
  /** Names of derivations being built, the oldest first. */
  readonly building: readonly string[];
}

export interface Culprit {
  readonly drvPath: string;
  readonly logTail: string;
}

interface Building {
  readonly drvPath: string;
  readonly lines: string[];
  readonly errors: string[];
}

/** What a build has come to, worked out from Nix' events; bounded whatever a builder prints. */
export class BuildLog {
  #planned = 0;
  #built = 0;
  #pathsCopied = 0;
  #bytesOfEnded = 0;
  #culprit: string | undefined;
  readonly #running = new Map<number, Building>();
  readonly #copying = new Map<number, number>();
  readonly #expected = new Map<number, number>();
  /** Logs of derivations that ended, by path: an error is told after its derivation has ended. */
  readonly #ended = new Map<string, Building>();

  add(event: NixEvent): void {
    if ('activity' in event) this.#addActivity(event);
    else if (event.type === 'planned') this.#planned += event.derivations;
    else if (event.type === 'failed') this.#culprit ??= event.drvPath;
  }

  /** The derivation an activity builds, by its short name. */
  nameOf(activity: number): string | undefined {
    const building = this.#running.get(activity);
    return building === undefined ? undefined : derivationName(building.drvPath);
  }

  progress(): Progress {
    const bytesCopied = this.#bytesOfEnded + sum(this.#copying.values());
    return {
      built: this.#built,
      toBuild: Math.max(this.#planned, this.#built + this.#running.size),
      pathsCopied: this.#pathsCopied,
      bytesCopied,
      bytesToCopy: Math.max(sum(this.#expected.values()), bytesCopied),
      building: [...this.#running.values()].map(({ drvPath }) => derivationName(drvPath)),
    };
  }

  /** The derivation that failed first, with the end of its log. Nix names none when one takes too long: then what ran last. */
  culprit(): Culprit | undefined {
    const running = [...this.#running.values()].at(-1);
    const drvPath = this.#culprit ?? running?.drvPath ?? [...this.#ended.keys()].at(-1);
    if (drvPath === undefined) return undefined;
    return { drvPath, logTail: (this.#logOf(drvPath)?.lines ?? []).join('\n') };
  }

  /** The first lines of its log that tell of errors. */
  errorsOf({ drvPath }: Culprit): string {
    return (this.#logOf(drvPath)?.errors ?? []).join('\n');
  }

  #logOf(drvPath: string): Building | undefined {
    return this.#ended.get(drvPath) ?? [...this.#running.values()].find((one) => one.drvPath === drvPath);
  }

  #addActivity(event: Extract<NixEvent, { activity: number }>): void {
    const { activity } = event;
    switch (event.type) {
      case 'building':
        this.#running.set(activity, { drvPath: event.drvPath, lines: [], errors: [] });
        break;
      case 'line':
        keep(this.#running.get(activity), event.line);
        break;
      case 'copying':
        this.#copying.set(activity, 0);
        break;
      case 'copied':
        if (this.#copying.has(activity)) this.#copying.set(activity, event.bytes);
        break;
      case 'copyExpected':
        this.#expected.set(activity, event.bytes);
        break;
      case 'ended':
        this.#end(activity);
        break;
      case 'phase':
        break;
      default:
        event satisfies never;
    }
  }

  #end(activity: number): void {
    const building = this.#running.get(activity);
    const copied = this.#copying.get(activity);
    this.#running.delete(activity);
    this.#copying.delete(activity);
    if (copied !== undefined) {
      this.#pathsCopied += 1;
      this.#bytesOfEnded += copied;
    }
    if (building === undefined) return;
    this.#built += 1;
    this.#ended.set(building.drvPath, building);
    const oldest = this.#ended.keys().next();
    if (this.#ended.size > keptLogs && oldest.done === false) this.#ended.delete(oldest.value);
  }
}

/** `/nix/store/<hash>-hello-2.12.drv` → `hello-2.12`. */
export function derivationName(drvPath: string): string {
  const base = drvPath.slice(drvPath.lastIndexOf('/') + 1).replace(/\.drv$/, '');
  return printableLine(base.replace(/^[0-9a-z]{32}-/, ''), 100);
}

function keep(building: Building | undefined, line: string): void {
  if (building === undefined) return;
  const { lines, errors } = building;
  const text = printableLine(line, keptLineLength);
  lines.push(text);
  if (lines.length > keptLines) lines.shift();
  if (errors.length < keptErrors && /error|fatal|curl|timed? ?out/i.test(text)) errors.push(text);
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
