import type { ClusterUnderTest } from '../e2e/support/cluster-under-test.ts';

export interface ControllerSize {
  readonly rssMiB: number;
  readonly sockets: number;
}

/** The largest controller on the nodes given: each replica's process, by its command line. */
export async function controllerSize(cluster: ClusterUnderTest, nodes: readonly string[]): Promise<ControllerSize> {
  const script = `for process in /proc/[0-9]*; do
    tr '\\0' ' ' <$process/cmdline 2>/dev/null | grep -q '^[^ ]*node .*enbi.mjs controller' || continue
    echo $(sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\) kB/\\1/p' $process/status) $(ls -l $process/fd 2>/dev/null | grep -c socket)
  done`;
  const texts = await Promise.all(nodes.map((node) => cluster.on(node, 'sh', '-c', script)));
  const sizes = texts
    .flatMap((text) => text.trim().split('\n'))
    .map((line) => line.split(' ').map(Number))
    .filter((parts) => parts.length === 2);
  if (sizes.length === 0) throw new Error('no controller was found on the nodes');
  const largest = (column: 0 | 1) => Math.max(...sizes.map((parts) => parts[column] ?? 0));
  return { rssMiB: Math.round(largest(0) / 1024), sockets: largest(1) };
}
