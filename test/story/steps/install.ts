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
  await kubectl(['-n', 'enbi', 'rollout', 'status', 'deployment/enbi-controller', '--timeout=180s']);
  terminal.live('');
  terminal.say('enbi      the controller is Available', 'good');
}

export async function removeDeploy(kubectl: Kubectl, terminal: Terminal): Promise<void> {
  terminal.live('removing enbi');
  await kubectl(['delete', '-k', deploy, '--ignore-not-found', '--timeout=120s']);
  terminal.live('');
  terminal.say('enbi is removed');
}
