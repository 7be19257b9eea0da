import type { Kubectl } from '../../support/git-server.ts';
import type { SeenPod } from './sightings.ts';

/** A line of a container's log, and when the runtime had it, in milliseconds by the node's clock. */
export interface TimedLine {
  readonly at: number;
  readonly text: string;
}

export async function readTimedLog(
  kubectl: Kubectl,
  { metadata: { namespace, name } }: SeenPod,
  container: string,
): Promise<readonly TimedLine[]> {
  const args = ['--namespace', namespace, 'logs', '--timestamps', '--container', container, name];
  return timedLines(await kubectl(args));
}

/** Of what `kubectl logs --timestamps` prints: `2026-01-02T03:04:05.678901234Z text`. */
export function timedLines(log: string): readonly TimedLine[] {
  return log.split('\n').flatMap((line) => {
    const space = line.indexOf(' ');
    const at = Date.parse(line.slice(0, Math.max(space, 0)));
    return Number.isFinite(at) ? [{ at, text: line.slice(space + 1) }] : [];
  });
}

/** When one order was carried out, by its report and the last line before it that says that one begins. */
export function turnOf(
  lines: readonly TimedLine[],
  { begins, ends }: { readonly begins: (text: string) => boolean; readonly ends: (text: string) => boolean },
): { readonly begun: number; readonly ended: number } | undefined {
  const end = lines.findIndex(({ text }) => ends(text));
  const begun = lines.slice(0, Math.max(end, 0)).findLast(({ text }) => begins(text))?.at;
  const ended = lines[end]?.at;
  return begun === undefined || ended === undefined ? undefined : { begun, ended };
}
