import { asError } from '../errors.ts';
import { type Clock, pause } from '../runtime/clock.ts';
import type { KubeClient, Selection } from '../runtime/kube-client.ts';
import type { Observed } from '../runtime/kube-object.ts';
import type { Log } from '../runtime/log.ts';
import type { Room } from '../runtime/room.ts';
import type { ObjectStore } from '../runtime/store.ts';

/** Whoever makes room all the time has a list read no more often. */
const everyMs = 10_000;
/** Objects may be as large as the API server takes them: few come in one answer. */
const pageSize = 10;

type Readmitting = Pick<ObjectStore<Observed>, 'resource' | 'admit'> & {
  readonly room: Pick<Room<never>, 'offers' | 'subscribe'> | undefined;
};

export interface ReadmissionOptions {
  readonly client: Pick<KubeClient, 'list'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly selection: Selection;
}

/** Asks for what a store has left out of a namespace when there is room for it again: one namespace after the other, until the signal aborts. */
export function readmit(store: Readmitting, options: ReadmissionOptions, signal: AbortSignal): void {
  const due = new Set<string>();
  let isRunning = false;
  const run = async () => {
    while (due.size > 0 && !signal.aborted) {
      await pause(options.clock, everyMs, signal);
      const [namespace] = due;
      if (namespace === undefined || signal.aborted) return;
      due.delete(namespace);
      await readmitOne(store, namespace, options);
      // What changed meanwhile, and what could not be read.
      if (store.room?.offers(namespace) === true) due.add(namespace);
    }
  };
  const offers = (namespace: string) => {
    due.add(namespace);
    if (isRunning) return;
    isRunning = true;
    void run().finally(() => (isRunning = false));
  };
  store.room?.subscribe({ leftOut: () => undefined, offers });
}

async function readmitOne(store: Readmitting, namespace: string, options: ReadmissionOptions): Promise<void> {
  try {
    await store.admit(pagesOf(store, namespace, options));
  } catch (thrown) {
    options.log.info(
      { namespace, resource: store.resource.plural, err: asError(thrown) },
      'left out, and not read yet',
    );
  }
}

async function* pagesOf(store: Readmitting, namespace: string, { client, selection }: ReadmissionOptions) {
  let continueToken: string | undefined;
  do {
    const page = await client.list(store.resource, { ...selection, namespace, limit: pageSize, continueToken });
    yield page.items;
    ({ continueToken } = page);
  } while (continueToken !== undefined && store.room?.offers(namespace) === true);
}
