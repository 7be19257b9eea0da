import { claim } from '../../../cluster/claim.ts';
import type { Kubectl } from '../../support/git-server.ts';
import { type KubectlProgram, kubectlWith } from '../../support/kubectl.ts';
import type { Place } from '../scene.ts';
import type { Stage } from '../stage.ts';
import type { Terminal } from '../terminal.ts';
import { applyDeploy, removeDeploy, waitForController } from './install.ts';
import { removeDemo, removeEarlierDemo } from './remove-demo.ts';

/** A cluster that is there already, with the enbi that is installed in it, or else that of deploy/. */
export function existingStage(kubeconfig: string, terminal: Terminal, signal: AbortSignal): Stage {
  const program: KubectlProgram = { program: 'kubectl', kubeconfig };
  let enbiIsOurs = false;
  return {
    claim: async () =>
      void (await claim({ what: `the cluster of ${kubeconfig}`, key: kubeconfig, wayOut: 'or take another cluster' })),
    enter: async () => {
      const kubectl = kubectlWith(program, signal);
      const context = (await kubectl(['config', 'current-context'])).trim();
      terminal.say(`cluster   ${context} of ${kubeconfig}`);
      await removeEarlierDemo(program, terminal);
      const installed = await installedImage(kubectl);
      if (installed !== '') {
        terminal.say(`enbi      is installed already, as ${installed}`);
        return { program, kubectl, image: installed };
      }
      enbiIsOurs = true;
      return await installHere({ program, kubectl }, terminal);
    },
    program: () => program,
    leave: async () => {
      await removeDemo(program, terminal);
      if (enbiIsOurs) await removeDeploy(kubectlWith(program), terminal);
    },
    keep: () => Promise.resolve(),
    leaveLater: `kubectl delete namespace enbi-demo${enbiIsOurs ? ' && kubectl delete -k deploy/' : ''}`,
  };
}

function installedImage(kubectl: Kubectl): Promise<string> {
  const image = 'jsonpath={.spec.template.spec.containers[0].image}';
  return kubectl(['-n', 'enbi', 'get', 'deployment', 'enbi-controller', '--ignore-not-found', '-o', image]);
}

async function installHere(place: Omit<Place, 'image'>, terminal: Terminal): Promise<Place> {
  await applyDeploy(place.kubectl, terminal);
  const image = await installedImage(place.kubectl);
  terminal.say(`image     ${image} must be on the nodes already`);
  await waitForController(place.kubectl, terminal);
  return { ...place, image };
}
