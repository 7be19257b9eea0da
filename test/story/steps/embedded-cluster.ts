import { join } from 'node:path';
import { type Cluster, down, find, up } from '../../../cluster/cluster.ts';
import { buildImage } from '../../../image/build.ts';
import { asError } from '../../../src/errors.ts';
import { type KubectlProgram, kubectlWith } from '../../support/kubectl.ts';
import { ownCluster } from '../arguments.ts';
import type { Stage } from '../stage.ts';
import type { Terminal } from '../terminal.ts';
import { applyDeploy, waitForController } from './install.ts';
import { removeDemo, removeEarlierDemo } from './remove-demo.ts';

/** A cluster of one node on this machine. One that was up before, under another name than the story's own, stays. */
export async function embeddedStage(name: string, terminal: Terminal, signal: AbortSignal): Promise<Stage> {
  const wasUp = (await find(name)) !== undefined;
  const isOurs = name === ownCluster || !wasUp;
  let program: KubectlProgram | undefined;
  return {
    enter: async () => {
      if (isOurs && wasUp) await removeCluster(name, terminal);
      const { cluster, image } = await bootCluster(name, terminal, signal);
      program = programOf(cluster);
      if (!isOurs) await removeEarlierDemo(program, terminal);
      const kubectl = kubectlWith(program, signal);
      await applyDeploy(kubectl, terminal);
      await waitForController(kubectl, terminal);
      return { program, kubectl, image };
    },
    program: () => program,
    leave: async () => {
      if (isOurs) await removeCluster(name, terminal);
      else if (program !== undefined) await removeDemo(program, terminal);
    },
    leaveLater: `npm run cluster -- down --name ${name}`,
  };
}

/** Neither the cluster nor the image can be interrupted while it is being made, so both are waited for. */
async function bootCluster(name: string, terminal: Terminal, signal: AbortSignal) {
  const report = (part: string) => (line: string) => terminal.say(`${part.padEnd(9)} ${line}`);
  const [cluster, image] = await both(up({ name, report: report('cluster') }), buildImage({ report: report('image') }));
  signal.throwIfAborted();
  await cluster.load(image.archive);
  signal.throwIfAborted();
  terminal.say(`${'image'.padEnd(9)} ${image.name} is loaded on ${cluster.nodes.join(', ')}`);
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

/** Again when it fails: Ctrl-C in a terminal also ends the programs that are just removing something. */
async function removeCluster(name: string, terminal: Terminal): Promise<void> {
  terminal.live(`removing cluster ${name}`);
  for (let attempt = 1; ; attempt++) {
    try {
      await down(name);
      break;
    } catch (thrown) {
      if (attempt === 3) throw asError(thrown);
    }
  }
  terminal.live('');
  terminal.say(`cluster ${name} is removed`);
}
