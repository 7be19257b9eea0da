import { PolicyError, TransientError, UserError } from '../errors.ts';
import { isOfSystem } from '../failure-text.ts';
import { apiStatusOf } from '../runtime/api-status.ts';

/** What `kubectl enbi` ends with; docs/reference/kubectl-enbi.md tells people. */
export const exitCodes = {
  ok: 0,
  /** The build failed or was cancelled, or the doctor found a failure. */
  failed: 1,
  /** The command, its input, the kubeconfig, or this machine (a file that may not be read, a full disk) has to be corrected. */
  usage: 2,
  /** The cluster cannot be reached, or refuses. */
  cluster: 3,
  /** A defect of this program. */
  defect: 4,
  /** Node is too old; said before anything else is run (tools/plugin.ts). */
  runtime: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export function exitCodeFor(thrown: unknown): ExitCode {
  if (thrown instanceof UserError || isOfSystem(thrown)) return exitCodes.usage;
  const answered = thrown instanceof PolicyError || apiStatusOf(thrown) !== undefined;
  return answered || thrown instanceof TransientError ? exitCodes.cluster : exitCodes.defect;
}
