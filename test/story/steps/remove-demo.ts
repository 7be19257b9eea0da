import { label } from '../../../src/api/labels.ts';
import { type KubectlProgram, kubectlWith } from '../../support/kubectl.ts';
import { namespace } from '../scene.ts';
import type { Terminal } from '../terminal.ts';

/** A story begins with nothing of an earlier one. */
export async function removeEarlierDemo(program: KubectlProgram, terminal: Terminal): Promise<void> {
  const found = await kubectlWith(program)(['get', 'namespace', namespace, '--ignore-not-found', '-o', 'name']);
  if (found !== '') await removeDemo(program, terminal);
}

/** The demo's namespace and its stores, in a cluster that stays. What lies on the nodes' disks is theirs to remove. */
export async function removeDemo(program: KubectlProgram, terminal: Terminal): Promise<void> {
  const kubectl = kubectlWith(program);
  terminal.live(`removing namespace ${namespace}`);
  await kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=120s']);
  const ofDemo = `--selector=${label.tenant}=${namespace}`;
  // The CRD is not there when enbi's installation failed.
  await kubectl(['delete', 'nixstores,persistentvolumes', ofDemo, '--timeout=60s']).catch(() => undefined);
  terminal.live('');
  terminal.say(
    `namespace ${namespace} is removed; its Nix store stays on the nodes: /var/lib/enbi/stores/${namespace}`,
  );
}
