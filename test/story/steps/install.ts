import { join } from 'node:path';
import type { Kubectl } from '../../support/git-server.ts';
import type { Terminal } from '../terminal.ts';

const deploy = join(import.meta.dirname, '../../../deploy');

/** As a user would. */
export async function applyDeploy(kubectl: Kubectl, terminal: Terminal): Promise<void> {
  await kubectl(['apply', '-k', deploy]);
  terminal.say('enbi      kubectl apply -k deploy/');
}

export async function waitForController(kubectl: Kubectl, terminal: Terminal): Promise<void> {
  terminal.live('enbi      its controller starts');
  const rollout = ['-n', 'enbi', 'rollout', 'status', 'deployment/enbi-controller'];
  for (let tries = 0; ; tries++) {
    const isOver = await kubectl([...rollout, '--timeout=3s']).then(
      () => true,
      () => false,
    );
    if (isOver) break;
    await refuseMissingImage(kubectl);
    if (tries === 40) await kubectl([...rollout, '--timeout=60s']);
  }
  terminal.live('');
  terminal.say('enbi      the controller is Available', 'good');
}

/** enbi's own image is the one that enbi cannot make: without it on the nodes there is nothing to wait for. */
async function refuseMissingImage(kubectl: Kubectl): Promise<void> {
  const reason = 'jsonpath={.items[*].status.containerStatuses[0].state.waiting.reason}';
  const reasons = await kubectl(['-n', 'enbi', 'get', 'pods', '-l', 'app.kubernetes.io/name=enbi', '-o', reason]);
  if (!/ImagePull/.test(reasons)) return;
  throw new Error(
    "enbi's own image is not on the node: npm run image writes its archive, and the node's containerd takes it with " +
      'ctr -n k8s.io images import ARCHIVE',
  );
}

export async function removeDeploy(kubectl: Kubectl, terminal: Terminal): Promise<void> {
  terminal.live('removing enbi');
  await kubectl(['delete', '-k', deploy, '--ignore-not-found', '--timeout=120s']);
  terminal.live('');
  terminal.say('enbi is removed');
}
