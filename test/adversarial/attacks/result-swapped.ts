import { type Attack, mustHold } from '../attack.ts';
import { buildOn } from '../own-builds.ts';
import { inPod, mountOwnStore, socketAt } from '../own-pods.ts';
import { anImage, flakeOf } from '../small-flake.ts';

/** What comes into the result's place, by a shell in which $r is its path. */
const swaps = {
  fifo: 'mkfifo $r',
  'fifo-that-runs': 'mkfifo -m 755 $r',
  socket: socketAt('$r'),
  sparse: 'truncate -s 1099511627776 $r',
  deep: 'd=$r; for i in 1 2 3 4 5 6 7 8 9; do d=$d/$i; done; mkdir -p $d; ln -s $r $d/again',
  many: 'mkdir $r; cd $r; seq 1 20000 | xargs touch',
  'other-store': 'ln -s /store/../x $r',
};

export const attack: Attack = {
  name: 'result-swapped',
  kind: "stops others' builds",
  rights: 'a tenant',
  steps:
    'mounts the claim of their store in a Pod, puts pipes, sockets, a file of a tebibyte with nothing in it, deep and wide directories in the place of a result, and has it imported',
  holds: 'nothing waits for them to the end of its time, nothing of them is loaded, and others go on',
  quick: false,
  repositories: { 'result-swapped': { '1.0.0': flakeOf({ default: anImage() }) } },
  async run(session) {
    const flakeUrl = session.flake('result-swapped');
    // There the result is what is exchanged.
    const [node = ''] = session.nodes;
    const { status } = await buildOn(session, node, { name: 'first', flakeUrl });
    mustHold(status.status === 'Succeeded', 'the ordinary image was not built');
    await mountOwnStore(session, 'swapper', status.buildNode);
    const result = `$(find /store -maxdepth 4 -name ${(status.outPath ?? '').split('/').at(-1) ?? ''} | head -1)`;
    for (const [name, swap] of Object.entries(swaps)) {
      await inPod(session, 'swapper', `r=${result}; rm -rf $r; ${swap}; ls -ld $r`);
      const { status } = await buildOn(session, node, { name, flakeUrl });
      mustHold(status.status !== 'Succeeded', `${name} was loaded`);
      await inPod(session, 'swapper', `r=${result}; rm -rf $r; touch $r`);
    }
    await session.victimBuilds();
  },
};
