import { createKubeClient } from '../adapters/kubernetes/client.ts';
import { manager } from '../api/labels.ts';
import { systemClock } from '../runtime/clock.ts';
import { uninstall } from '../uninstall/uninstall.ts';
import { accessTo } from './access.ts';
import type { UninstallSettings } from './uninstall-settings.ts';

/** `enbi uninstall`: the exit code says whether all of it went. */
export async function runUninstall(
  settings: UninstallSettings,
  instance: string,
  signal: AbortSignal,
): Promise<number> {
  using client = createKubeClient(await accessTo(settings), { userAgent: manager });
  const options = { ...settings, instance };
  const done = await uninstall({ client, clock: systemClock, say, options, timeoutMs: settings.timeoutMs }, signal);
  return done ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`[enbi] ${line}\n`);
}
