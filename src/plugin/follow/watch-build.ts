import { type NixBuild, projectNixBuild } from '../../cluster-view/objects.ts';
import { resource } from '../../cluster-view/resources.ts';
import { apiStatusOf } from '../../runtime/api-status.ts';
import type { Log } from '../../runtime/log.ts';
import { createReflector } from '../../runtime/reflector.ts';
import { ObjectStore } from '../../runtime/store.ts';
import type { CommandContext } from '../command-context.ts';

/**
 * A NixBuild each time it changes, the newest state when several changes came at once; `undefined` and the end when it is
 * gone. Interruptions are outlived; a refusal of the API server is thrown. The context's signal ends it.
 */
export async function* watchBuild(name: string, context: CommandContext): AsyncGenerator<NixBuild | undefined> {
  const { client, namespace, clock, signal } = context;
  const store = new ObjectStore({ resource: resource.builds, project: projectNixBuild });
  const stop = new AbortController();
  const bell = createBell();
  let refused: unknown;
  const log = noticing((error) => {
    refused = error;
    bell.ring();
  });
  const selection = { namespace, fieldSelector: `metadata.name=${name}` };
  const reflector = createReflector({ client, store, selection, log, clock, random: Math.random });
  const running = reflector.run(AbortSignal.any([signal, stop.signal]));
  const leave = store.subscribe(bell.ring);
  void store.whenSynced.then(bell.ring);
  signal.addEventListener('abort', bell.ring, { once: true });
  try {
    while (!signal.aborted) {
      await bell.rung();
      if (refused !== undefined) throw refused;
      if (signal.aborted || !store.synced) continue;
      const build = store.get(`${namespace}/${name}`);
      yield build;
      if (build === undefined) return;
    }
  } finally {
    leave();
    stop.abort();
    signal.removeEventListener('abort', bell.ring);
    await running;
  }
}

/** A bell that is heard once, however often it rang before. */
function createBell(): { readonly ring: () => void; readonly rung: () => Promise<void> } {
  let pending = Promise.withResolvers<void>();
  return {
    ring: () => pending.resolve(),
    rung: async () => {
      await pending.promise;
      pending = Promise.withResolvers();
    },
  };
}

/** The reflector tries again whatever happens, which helps a controller; a person without rights waits for nothing. */
function noticing(refuse: (error: unknown) => void): Log {
  const look = (fields: object) => {
    const error = 'err' in fields ? fields.err : undefined;
    const code = apiStatusOf(error)?.code;
    if (code === 401 || code === 403) refuse(error);
  };
  return { debug: look, info: look, warn: look, error: look };
}
