import { join } from 'node:path';
import { asError } from '../../errors.ts';
import { type NixProcess, runNix } from './run-nix.ts';

export interface Caches {
  readonly answering: readonly string[];
  readonly silent: readonly { readonly url: string; readonly why: string }[];
}

/**
 * Of these binary caches (undefined: Nix' own default) those that answer now, asked all at once and once. Nix itself would ask a
 * dead one again in every run, three times each: minutes for one that takes connections and never answers
 * (`stalled-download-timeout` cannot be short, since hosts of flakes may think for a while).
 */
export async function answeringCaches(ordered: readonly string[] | undefined, run: NixProcess): Promise<Caches> {
  const urls = ordered ?? (await ownDefault(run));
  const asked = urls.map(async (url, index) => ({
    url,
    why: await whySilent(url, run, join(run.environment['HOME'] ?? '', `cache-${index}`)),
  }));
  const answers = await Promise.all(asked);
  return {
    answering: answers.flatMap(({ url, why }) => (why === undefined ? [url] : [])),
    silent: answers.flatMap(({ url, why }) => (why === undefined ? [] : [{ url, why }])),
  };
}

async function ownDefault(run: NixProcess): Promise<string[]> {
  const { output } = await runNix(['config', 'show', 'substituters'], run);
  return output.split(/\s+/).filter((url) => url !== '');
}

const impatient = Object.entries({ 'connect-timeout': '5', 'stalled-download-timeout': '5', 'download-attempts': '1' });

/** `directory` is fresh: Nix remembers for a week that a cache has answered, and would not ask. */
async function whySilent(url: string, run: NixProcess, directory: string): Promise<string | undefined> {
  const options = impatient.flatMap(([name, value]) => ['--option', name, value]);
  const environment = { ...run.environment, XDG_CACHE_HOME: directory };
  try {
    await runNix(['store', 'info', '--store', url, ...options], { ...run, environment, evaluationMs: 15_000 });
    return undefined;
  } catch (error) {
    if (run.signal.aborted) throw error;
    return asError(error).message;
  }
}
