import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../../cluster/cluster.ts';

/** Resident memory of the controller's process when it has nothing to do, in megabytes: of two, of the one with more. */
export async function controllerMemory(cluster: Cluster): Promise<number> {
  await sleep(10_000);
  const script = `for process in /proc/[0-9]*; do
    case $(readlink $process/exe) in */node | */nodejs) ;; *) continue ;; esac
    if tr '\\0' ' ' <$process/cmdline | grep -q 'enbi.mjs controller'; then grep VmRSS $process/status; fi
  done`;
  const { stdout } = await cluster.exec(cluster.nodes[0] ?? '', ['sh', '-c', script]);
  const kibibytes = [...stdout.matchAll(/VmRSS:\s+(\d+) kB/g)].map(([, number]) => Number(number));
  if (kibibytes.length === 0) throw new Error(`the controller's process was not found: ${stdout}`);
  return Math.round((Math.max(...kibibytes) * 1024) / 1e5) / 10;
}
