import type { KubectlProgram } from '../../support/kubectl.ts';
import { namespace } from '../scene.ts';
import type { Terminal } from '../terminal.ts';

/** How to go on from here by oneself. */
export function showAround({ program, kubeconfig }: KubectlProgram, terminal: Terminal): void {
  terminal.act('Look around; Ctrl-C removes everything');
  terminal.print(`export KUBECONFIG=${kubeconfig}`);
  if (program !== 'kubectl') terminal.print(`alias kubectl=${program}`);
  const width = Math.max(...lines.map(([line]) => line.length));
  for (const [line, why] of lines) terminal.print(`${line.padEnd(width)}  # ${why}`);
}

const lines: readonly (readonly [string, string])[] = [
  [`kubectl -n ${namespace} get nixbuilds,pods`, 'what there is'],
  [`kubectl -n ${namespace} describe nixbuilds`, 'the record of each build'],
  ['kubectl get nixstores', 'the warm store of each node and namespace'],
  ['kubectl -n enbi logs -l app.kubernetes.io/name=enbi', 'what enbi decided, and why'],
  [
    `kubectl -n ${namespace} set image deployment/hello hello=git.example/demo/hello:2.0`,
    'the next version, told here',
  ],
];
