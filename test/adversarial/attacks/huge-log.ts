import { type Attack, mustHold } from '../attack.ts';
import { cancel, outcomeOfBuild, request, runningBuilds } from '../own-builds.ts';
import { isPrintable } from '../printable.ts';
import type { Session } from '../session.ts';
import { flakeOf } from '../small-flake.ts';

/** Five files of 10 MiB are a kubelet's default; it looks at their sizes every ten seconds. */
const bounds = { writtenMiB: 200, keptMiB: 110, rssMiB: 160 };

/** Nix ends what prints as much as this. */
const throughNix = "head -c 31457280 /dev/zero | tr '\\0' x; echo; yes $(head -c 8000 /dev/zero | tr '\\0' y)";

/** Some 5 MiB a second; says in a file of the store when so much is written. */
const pastNix = `
round=0
while :; do
  head -c 1048576 /dev/zero | tr '\\0' y > /proc/1/fd/1
  echo > /proc/1/fd/1
  round=$((round + 1))
  [ $round = ${bounds.writtenMiB} ] && : > /nix/var/all-is-written
  sleep 0.2
done
`;

export const attack: Attack = {
  name: 'huge-log',
  kind: 'stops the controller',
  rights: 'the author of a flake',
  steps:
    "prints one line of thirty mebibytes, then lines of eight kibibytes without an end, and past Nix, to the standard output of enbi's process, without an end",
  holds:
    'through Nix the build is ended for it; else it runs until its time is over or somebody cancels it, while the kubelet keeps no more of its log than of others, the controller stays as small as it was, and others build',
  quick: false,
  needsNode: true,
  repositories: { 'huge-log': { '1.0.0': flakeOf({ through: throughNix, past: pastNix }) } },
  async run(session) {
    const flakeUrl = session.flake('huge-log');
    await request(session, { name: 'past', packageName: 'past', flakeUrl });
    await request(session, { name: 'through', packageName: 'through', flakeUrl });
    const { status } = await outcomeOfBuild(session, 'through', 300);
    mustHold(status.failure?.reason === 'BuilderFailed', JSON.stringify(status.failure ?? status.status));
    await session.victimBuilds();
    await keptOfLog(session);
    const rssMiB = Math.max(...(await session.admin.metric('process_resident_memory_bytes'))) / 2 ** 20;
    mustHold(rssMiB <= bounds.rssMiB, `the controller has ${Math.round(rssMiB)} MiB`);
    await cancel(session, 'past');
  },
};

async function keptOfLog(session: Session): Promise<void> {
  const { attacker } = session;
  const [build] = await runningBuilds(session);
  mustHold(isPrintable(build?.status.progress ?? ''), 'its progress has control characters');
  const node = build?.status.buildNode ?? '';
  const written = `/var/lib/enbi/stores/${attacker.namespace}/nix/var/all-is-written`;
  await session.waitFor('so much is written', () => session.onNode(node, 'stat', written));
  const kept = await session.onNode(node, 'sh', '-c', `du -scm /var/log/pods/${attacker.namespace}_* | tail -n 1`);
  mustHold(Number.parseInt(kept) <= bounds.keptMiB, `of ${bounds.writtenMiB} MiB of log the node keeps ${kept}`);
}
