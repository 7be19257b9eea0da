import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Keeps when containers start and exit, by containerd's own clock: the API gives whole seconds, and late. */
export async function followContainers(
  [program = '', ...args]: readonly string[],
  signal: AbortSignal,
  times: Map<string, number>,
): Promise<void> {
  // In a process group of its own: nsenter forks, and its child would outlive it.
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  const { pid } = child;
  if (pid !== undefined) signal.addEventListener('abort', () => process.kill(-pid, 'SIGTERM'), { once: true });
  const ended = once(child, 'close');
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = containerEvent(line);
    if (event !== undefined && !times.has(event.key)) times.set(event.key, event.at);
  });
  await ended;
}

/**
 * A line of `ctr events`: `2026-01-02 03:04:05.678901 +0000 UTC k8s.io /tasks/start {"container_id":"…","pid":1}`. Exits of
 * programs run in a container (exec) are left out.
 */
export function containerEvent(line: string): { key: string; at: number } | undefined {
  const match = /^(\S+) (\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d* \+0000 UTC \S+ \/tasks\/(start|exit) (\{.*\})$/.exec(line);
  if (match === null) return undefined;
  const [, date, time, what, json = ''] = match;
  const { container_id: container, id } = JSON.parse(json) as { container_id?: string; id?: string };
  if (container === undefined || (id !== undefined && id !== container)) return undefined;
  return { key: `${what} ${container}`, at: Date.parse(`${date}T${time}Z`) };
}
