import { type Attack, mustHold } from '../attack.ts';
import { cancel, outcomeOfBuild, request } from '../own-builds.ts';
import { flakeOf } from '../small-flake.ts';

/** Allocated and not written: it counts, and spares the disk. As much as thrice the limit's default at most. */
const script = `
for at in $(seq 480); do fallocate -l 67108864 /tmp/filled-$at || break; sleep 0.5; done
sleep 3600
`;

export const attack: Attack = {
  name: 'temporary-filled',
  kind: 'gets more of a node',
  rights: 'the author of a flake',
  steps: "fills the temporary directory of the build's container, 128 MiB a second",
  holds: 'the attempt is ended for it, which the status says, its files go, and others build meanwhile',
  quick: false,
  needsNode: true,
  repositories: { 'temporary-filled': { '1.0.0': flakeOf({ default: script }) } },
  async run(session) {
    const { nodes } = session;
    await request(session, { name: 'filler', flakeUrl: session.flake('temporary-filled') });
    await session.victimBuilds();
    const { status } = await outcomeOfBuild(session, 'filler', 300);
    const told = JSON.stringify(status.failure ?? status.status);
    mustHold(status.failure?.reason === 'DiskFull' && /usage of EmptyDir/i.test(told), told);
    await cancel(session, 'filler');
    for (const node of nodes) {
      const search = 'ls /var/lib/kubelet/pods/*/volumes/kubernetes.io~empty-dir/*/filled-1 2>/dev/null || true';
      await session.waitFor(`its files are gone from ${node}`, async () => {
        const left = await session.onNode(node, 'sh', '-c', search);
        return left.trim() === '' ? true : undefined;
      });
    }
  },
};
