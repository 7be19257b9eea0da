import type { KubeClient } from '../../../src/runtime/kube-client.ts';

/** What a controller waits for at this moment. */
export class Tally {
  asking = 0;
  watching = 0;
  readonly changed: () => void;

  constructor(changed: () => void) {
    this.changed = changed;
  }
}

/** The client, with every call counted for as long as it is under way. */
export function countedClient<Client extends KubeClient>(client: Client, tally: Tally): Client {
  return new Proxy(client, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const answer: unknown = Reflect.apply(value, target, args);
        if (answer instanceof Promise) return countedCall(answer, tally);
        return isStream(answer) ? countedStream(answer, tally) : answer;
      };
    },
  });
}

async function countedCall(answer: Promise<unknown>, tally: Tally): Promise<unknown> {
  tally.asking++;
  try {
    return await answer;
  } finally {
    tally.asking--;
    tally.changed();
  }
}

async function* countedStream(events: AsyncIterable<unknown>, tally: Tally): AsyncGenerator {
  tally.watching++;
  try {
    yield* events;
  } finally {
    tally.watching--;
    tally.changed();
  }
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
