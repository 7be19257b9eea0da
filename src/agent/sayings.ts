import { ceilings } from '../api/ceilings.ts';
import { Saying } from './agent-job.ts';

/** A short line is printed as well, behind the name of its order. */
const leastCharacters = 512;

/** What one process has said so far, one JSON text in a line; what is none is passed over. Bounded in all, before anything looks at it. */
export class Sayings {
  #left = ceilings.importSays.value;
  #rest = '';

  /** Nobody says that much who only does its work; nothing more of it is heard. */
  get isTooMuch(): boolean {
    return this.#left < this.#rest.length;
  }

  take(text: string): readonly Saying[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.#parse(line) ?? []);
  }

  #parse(line: string): Saying | undefined {
    this.#left -= Math.max(line.length, leastCharacters);
    if (this.#left < 0) return undefined;
    try {
      return Saying.safeParse(JSON.parse(line)).data;
    } catch {
      return undefined;
    }
  }
}
