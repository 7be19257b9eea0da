import { join } from 'node:path';
import { type Claim, claimCluster } from '../../../cluster/claim.ts';
import { type Cluster, disown, downIfOwned, up } from '../../../cluster/cluster.ts';
import { assertComponentsPossible } from '../../../cluster/components.ts';
import type { Report } from '../../../cluster/report.ts';
import { folderOf, readRecord } from '../../../cluster/state.ts';
import { buildImage } from '../../../image/build.ts';
import { asError } from '../../../src/errors.ts';
import { type KubectlProgram, kubectlWith } from '../../support/kubectl.ts';
import type { Stage } from '../stage.ts';
import type { Terminal } from '../terminal.ts';
import { applyDeploy, waitForController } from './install.ts';
import { removeDemo, removeEarlierDemo } from './remove-demo.ts';

/** Written into the cluster's record. Only who holds the claim on a name makes, finds or removes a cluster of this owner there. */
const owner = 'npm start';

/** A cluster of one node on this machine. One that it did not make stays; so does one that `--keep` left. */
export function embeddedStage(name: string, terminal: Terminal, signal: AbortSignal): Stage {
  let held: Claim | undefined;
  let cluster: Cluster | undefined;
  const program = () => (cluster === undefined ? undefined : programOf(cluster));
  const leaveLater = `npm run cluster -- down --name ${name}`;
  return {
    claim: async () => {
      held = await claimCluster(name, 'or take another: npm start -- --name mine');
      await assertComponentsPossible();
    },
    enter: async () => {
      await removeAbandoned(name, terminal);
      const booted = await bootCluster(
        terminal,
        signal,
        async (report) => (cluster = await up({ name, owner, report })),
      );
      const place = programOf(booted.cluster);
      if (booted.cluster.owner !== owner) await removeEarlierDemo(place, terminal);
      const kubectl = kubectlWith(place, signal);
      await applyDeploy(kubectl, terminal);
      await waitForController(kubectl, terminal);
      return { program: place, kubectl, image: booted.image };
    },
    program,
    leave: async () => {
      const isOurs = cluster === undefined || cluster.owner === owner;
      if (cluster !== undefined && !isOurs) await removeDemo(programOf(cluster), terminal);
      if (!isOurs || !(await removeCluster(name, terminal)))
        terminal.say(`cluster ${name} stays, as this npm start did not make it; to remove it: ${leaveLater}`);
      held?.[Symbol.dispose]();
    },
    keep: async () => {
      await disown(name);
      held?.[Symbol.dispose]();
    },
    leaveLater,
  };
}

/** An earlier `npm start` was ended before it could clean up. It has ended, or the claim would not be ours. */
async function removeAbandoned(name: string, terminal: Terminal): Promise<void> {
  if ((await readRecord(folderOf(name)))?.owner !== owner) return;
  terminal.say(`cluster   ${name} was left by an npm start that was ended: it is removed first`);
  await removeCluster(name, terminal);
}

/** Neither the cluster nor the image can be interrupted while it is being made, so both are waited for. */
async function bootCluster(terminal: Terminal, signal: AbortSignal, boot: (report: Report) => Promise<Cluster>) {
  const report: Report = (line, passing) => {
    terminal.live(passing === undefined ? '' : `cluster   ${line}`);
    if (passing === undefined) terminal.say(`cluster   ${line}`);
  };
  const [cluster, image] = await both(
    boot(report),
    buildImage({ report: (line) => terminal.say(`image     ${line}`) }),
  );
  signal.throwIfAborted();
  await cluster.load(image.archive);
  signal.throwIfAborted();
  terminal.say(`image     ${image.name} is loaded on ${cluster.nodes.join(', ')}`);
  return { cluster, image: image.name };
}

/** As Promise.all, but settles when both have: what still runs in the background could not be cleaned up after. */
async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<readonly [A, B]> {
  await Promise.allSettled([first, second]);
  return await Promise.all([first, second]);
}

function programOf({ kubectlPath, kubeconfig }: Cluster): KubectlProgram {
  return { program: kubectlPath, kubeconfig, cacheDirectory: join(kubeconfig, '..', 'kubectl-cache') };
}

/**
 * False: somebody has put another in its place. Again when it fails: Ctrl-C in a terminal also ends the programs that are just
 * removing something.
 */
async function removeCluster(name: string, terminal: Terminal): Promise<boolean> {
  terminal.live(`removing cluster ${name}`);
  for (let attempt = 1; ; attempt++) {
    try {
      const removed = await downIfOwned(name, owner);
      terminal.live('');
      if (removed) terminal.say(`cluster ${name} is removed`);
      return removed;
    } catch (thrown) {
      if (attempt === 3) throw asError(thrown);
    }
  }
}
