import type { Attack } from '../attack.ts';
import { cancel, request, runningBuilds } from '../own-builds.ts';
import { flakeOf } from '../small-flake.ts';

/** More would try the machine, not enbi. */
const processes = 2500;
/** Nobody else sleeps so long. */
const seconds = 86_413;

const script = `
for at in $(seq ${processes}); do (setsid sleep ${seconds} &); done
while :; do sleep 1; done
`;

export const attack: Attack = {
  name: 'fork-bomb',
  kind: 'gets more of a node',
  rights: 'the author of a flake',
  steps: `lets its builder make ${processes.toLocaleString('en')} processes that leave its session, as far as the kubelet lets it, and cancels the build`,
  holds: "another tenant's build on the node goes on, and none of the processes outlives the attempt",
  quick: false,
  alone: true,
  needsNode: true,
  repositories: { 'fork-bomb': { '1.0.0': flakeOf({ default: script }) } },
  async run(session) {
    const node = await session.oneNode();
    await request(session, { name: 'forks', flakeUrl: session.flake('fork-bomb') });
    await runningBuilds(session);
    const count = async () => {
      // The brackets keep the search from finding itself.
      const search = `grep -lsz '[${String(seconds)[0]}]${String(seconds).slice(1)}' /proc/[0-9]*/cmdline | wc -l`;
      return Number(await session.onNode(node, 'sh', '-c', search));
    };
    await session.waitFor('it has forked', async () => ((await count()) >= processes ? true : undefined));
    await session.victimBuilds();
    await cancel(session, 'forks');
    await session.waitFor('none of its processes is left', async () => ((await count()) === 0 ? true : undefined));
    await session.victimBuilds();
  },
};
