import { asError } from '../../src/errors.ts';
import { failureText } from '../../src/failure-text.ts';
import { type KubectlProgram, kubectlWith } from '../support/kubectl.ts';
import { namespace } from './scene.ts';
import type { Terminal } from './terminal.ts';

/** Why it failed, and what the cluster says about it, as long as there is one to ask. */
export async function reportFailure(thrown: unknown, program: KubectlProgram | undefined, terminal: Terminal) {
  terminal.live('');
  terminal.print(`\nfailed: ${failureText(thrown)}`, 'bad');
  if (program === undefined) return;
  for (const args of questions) {
    terminal.print(`\nkubectl ${args.join(' ')}`);
    const answer = await kubectlWith(
      program,
      AbortSignal.timeout(10_000),
    )(args).catch((failure) => asError(failure).message);
    terminal.print(answer.trimEnd(), 'quiet');
  }
}

const questions: readonly (readonly string[])[] = [
  ['-n', namespace, 'get', 'nixbuilds,jobs,pods', '-o', 'wide'],
  [
    '-n',
    namespace,
    'get',
    'events',
    '--field-selector=type=Warning,reason!=MissingClusterDNS',
    '--sort-by=.lastTimestamp',
  ],
  ['-n', 'enbi', 'get', 'jobs,pods', '-o', 'wide'],
  ['-n', 'enbi', 'logs', '--selector=app.kubernetes.io/name=enbi', '--prefix', '--tail=40'],
];
