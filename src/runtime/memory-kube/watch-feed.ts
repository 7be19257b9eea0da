import type { Selection, WatchEvent } from '../kube-client.ts';
import type { Written } from './collection.ts';
import { isSelected } from './selection.ts';

/** What one watch still has to tell, and whether it has ended. */
export class WatchFeed {
  readonly #queue: Written[];
  #ended: 'closed' | Error | undefined;
  #wake: (() => void) | undefined;

  constructor(missed: readonly Written[]) {
    this.#queue = [...missed];
  }

  tell(written: Written): void {
    this.#queue.push(written);
    this.#wake?.();
  }

  end(how: 'closed' | Error): void {
    this.#ended = how;
    this.#wake?.();
  }

  async *events(selection: Selection): AsyncGenerator<WatchEvent> {
    for (;;) {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        yield* selectedEvent(next, selection);
      }
      if (this.#ended === 'closed') return;
      if (this.#ended !== undefined) throw this.#ended;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** An object that leaves the selection is told as deleted, one that enters it as added. */
function* selectedEvent({ type, object, before }: Written, selection: Selection): Generator<WatchEvent> {
  const was = before !== undefined && isSelected(before, selection);
  const is = type !== 'DELETED' && isSelected(object, selection);
  if (is) yield { type: was ? 'MODIFIED' : 'ADDED', object };
  else if (was) yield { type: 'DELETED', object };
}
