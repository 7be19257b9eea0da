import type { Reason } from '../../api/reasons.ts';
import { InternalError, TransientError, UserError } from '../../errors.ts';
import { accessRows, type SecretInUse } from './access.ts';
import { certificateRows } from './certificates.ts';
import { evaluationRows, isOfEvaluation, ownFetchFailed } from './evaluation.ts';
import { isConsequence, type NixError, untold } from './internal-json.ts';

/** What is known of a run of Nix that failed. */
export interface NixRun {
  readonly stage: 'fetch' | 'build';
  readonly errors: readonly NixError[];
  /** What git and ssh wrote. */
  readonly plainLines: readonly string[];
  /** Whether it came to building or copying; before that it evaluates. */
  readonly realising: boolean;
  /** What it was fetched with; undefined: with no Secret. */
  readonly secret?: SecretInUse | undefined;
}

type Verdict = readonly [
  kind: 'user' | 'transient' | 'internal',
  reason: Reason,
  explain: (match: RegExpExecArray, message: string, secret: SecretInUse | undefined) => string,
];

interface Row {
  /** `error`: the message of Nix' error; `git`: what git and ssh wrote, looked at when Nix' error is about git. */
  readonly in: 'error' | 'git';
  readonly pattern: RegExp;
  readonly verdict: Verdict;
}

const notPushed = 'push it if it is not there yet';
const asSaid = (_: RegExpExecArray, message: string) => message;

/** From a workstation it is reached most often. */
const perhapsKept = 'a NetworkPolicy, or a service mesh, may keep the Pod from it';
const networkFailure: Verdict = [
  'transient',
  'NetworkUnreachable',
  (match) => `cannot reach the flake's host: ${match[0].replace(/:$/, '')}; ${perhapsKept}`,
];
/** Characters of what Nix says first and git last: a server may make them say megabytes. */
const matched = 4096;

/**
 * Nix 2.34 ends with exit code 1 whatever failed and gives errors no codes, so their texts it must be. This is the only place
 * that knows any; every row has its test with output of the real thing (failures.test.ts). The first row that matches wins.
 */
export const rows: readonly Row[] = [
  {
    in: 'git',
    pattern: /Could not resolve host(?:name)?:? .*|Temporary failure in name resolution/,
    verdict: networkFailure,
  },
  { in: 'git', pattern: /(?:Failed to connect to|unable to connect to) .*/, verdict: networkFailure },
  {
    in: 'git',
    pattern:
      /Connection (?:refused|reset|timed out)|Operation timed out|No route to host|Network is unreachable|early EOF|SSL connection timeout|SSL_ERROR_SYSCALL|gnutls_handshake\(\) failed|Empty reply from server|timed out after \d+ milliseconds/,
    verdict: networkFailure,
  },
  { in: 'git', pattern: /The requested URL returned error: (?:429|5\d\d)/, verdict: networkFailure },
  {
    in: 'git',
    pattern: /Host key verification failed/,
    verdict: [
      'user',
      'FetchFailed',
      () => "the ssh host's key is not known; add it to known_hosts in the flake's Secret",
    ],
  },
  ...certificateRows,
  ...evaluationRows,
  ...accessRows,
  {
    in: 'error',
    pattern: /'enbiwithoutlfs[^']*' is not supported/,
    verdict: [
      'user',
      'FetchFailed',
      () =>
        'the flake, or an input of it, has files in Git LFS (lfs=1), which are not fetched where there is a Secret: ' +
        "whoever serves them could have the Secret's own files taken for them",
    ],
  },
  {
    in: 'error',
    pattern: /^the flake, or something that it takes in, names a file of the Pod/,
    verdict: ['user', 'InvalidFlakeReference', () => untold],
  },
  {
    in: 'error',
    pattern: /^Cannot find Git revision '([0-9a-f]+)' in ref '(.*?)'/,
    verdict: [
      'user',
      'FlakeNotFound',
      (match) =>
        `the flake's repository has no commit ${match[1]} on ${match[2]}; give the branch it is on as ref, or allRefs=1`,
    ],
  },
  {
    in: 'git',
    pattern: /couldn't find remote ref (\S+)/,
    verdict: ['user', 'FlakeNotFound', (match) => `the flake's repository has no ref ${refAdvice(match[1] ?? '')}`],
  },
  {
    in: 'git',
    pattern: /not our ref ([0-9a-f]+)/,
    verdict: ['user', 'FlakeNotFound', (match) => `the flake's repository has no commit ${match[1]}`],
  },
  {
    in: 'error',
    pattern: /unable to download '([^']+)': .*\((?:5|6|7|28|35|52|55|56|92)\)/,
    verdict: ['transient', 'NetworkUnreachable', (match) => `cannot reach ${match[1]}; ${perhapsKept}`],
  },
  {
    in: 'error',
    pattern: /unable to download '([^']+)': HTTP error (?:403|429)/,
    verdict: [
      'transient',
      'FetchFailed',
      (match) => `the host limits requests for ${match[1]}; an access token in the flake's Secret raises the limit`,
    ],
  },
  {
    in: 'error',
    pattern: /unable to download '([^']+)': HTTP error (5\d\d)/,
    verdict: ['transient', 'NetworkUnreachable', (match) => `the host answers ${match[2]} for ${match[1]}`],
  },
  {
    in: 'error',
    pattern: /^some (?:substitutes for|references of path) .*/,
    verdict: ['transient', 'NetworkUnreachable', asSaid],
  },
  { in: 'error', pattern: /; using cached version$/, verdict: ['transient', 'NetworkUnreachable', asSaid] },
  {
    in: 'error',
    pattern: /Unrecognized archive format/,
    verdict: ['user', 'FetchFailed', () => 'what the URL gives is no archive; for a git repository write git+https://'],
  },
  {
    in: 'error',
    pattern: /flake:([^']+)' is an indirect flake reference|cannot find flake 'flake:([^']+)'/,
    verdict: [
      'user',
      'InvalidFlakeReference',
      (match) =>
        `the flake has an input "${match[1] ?? match[2]}" by registry name, and enbi asks no registry; give its URL in flake.nix or commit a flake.lock`,
    ],
  },
  {
    in: 'error',
    pattern: /^path '[^']*?([^'/»]*\/?flake\.nix)' does not exist/,
    verdict: [
      'user',
      'FlakeNotFound',
      (match) => `the source has no ${match[1]?.replace(/^\//, '')}; is it committed, and dir= right, if there is one?`,
    ],
  },
  {
    in: 'error',
    pattern: /^path '(?:\/nix\/store\/[a-z0-9]{32}-source|«[^»']*»)\/([^']+)' does not exist/,
    verdict: [
      'user',
      'EvaluationFailed',
      (match) =>
        `the flake names ${match[1]}, and its source has no such file; is it committed? What Git has not been told of is no part of a flake`,
    ],
  },
  {
    in: 'error',
    pattern: /^flake '.*' does not provide attribute '(.*)'/,
    verdict: ['user', 'AttributeNotFound', (match) => `the flake has no ${match[1]}`],
  },
  {
    in: 'error',
    pattern: /^expected flake output attribute '(.*)' to be a derivation or path but found ([^:]*)/,
    verdict: ['user', 'AttributeNotFound', (match) => `${match[1]} is ${match[2]}, not a package`],
  },
  {
    in: 'error',
    pattern: /^string '.*' has \d+ entries in its context/,
    verdict: ['user', 'EvaluationFailed', () => 'the attribute is a text, not a package'],
  },
  {
    in: 'error',
    pattern: /^(?:NAR )?hash mismatch in [\s\S]*/,
    verdict: ['user', 'HashMismatch', (match) => match[0]],
  },
  {
    in: 'error',
    pattern: /No space left on device$|lack of free disk space|database or disk is full/,
    verdict: ['transient', 'DiskFull', asSaid],
  },
  {
    in: 'error',
    pattern: /^timed out after (\d+) seconds/,
    verdict: ['user', 'BuildTimedOut', (match) => `a derivation ran, or printed nothing, for ${match[1]} seconds`],
  },
  {
    in: 'error',
    pattern: /builder failed due to signal 9/,
    verdict: ['transient', 'OutOfMemory', (_, message) => `${message}\nIt was killed, most likely for want of memory`],
  },
  {
    in: 'error',
    pattern: /kernel namespaces? .*required for sandboxing|cannot set up (?:a )?sandbox/,
    verdict: ['internal', 'InternalError', asSaid],
  },
];

/** The failure as one of the four classes. */
export function failureOf(run: NixRun): Error {
  const error = culprit(run.errors);
  const cause = new Error([...run.plainLines, error?.trace ?? 'Nix gave no error'].join('\n'));
  const [kind, reason, verdict] = verdictOn(error, run);
  const isOwn = run.stage === 'build' && error !== undefined;
  const message = (isOwn ? ownFetchFailed(error, complaintOf(run.plainLines)) : undefined) ?? verdict;
  const Class = { user: UserError, transient: TransientError, internal: InternalError }[kind];
  return new Class(reason, message, { cause });
}

function verdictOn(
  error: NixError | undefined,
  run: NixRun,
): readonly ['user' | 'transient' | 'internal', Reason, string] {
  if (error === undefined)
    return ['internal', 'InternalError', `Nix failed without an error: ${run.plainLines.at(-1) ?? 'no output'}`];
  const git = aboutGit.test(error.message) ? run.plainLines.join('\n') : '';
  for (const { in: place, pattern, verdict } of rows) {
    const [kind, reason, explain] = verdict;
    const match = pattern.exec(place === 'git' ? git.slice(-matched) : error.message.slice(0, matched));
    if (match !== null) return [kind, reason, explain(match, error.message, run.secret)];
  }
  if (git !== '') return ['user', 'FetchFailed', `${error.message}: ${complaintOf(run.plainLines)}`];
  return ['user', otherwise(error, run), described(error)];
}

/** Nix takes a ref without `refs/` for a branch, though most who write one mean a tag. */
function refAdvice(ref: string): string {
  const branch = /^refs\/heads\/(.+)/.exec(ref)?.[1];
  if (branch === undefined) {
    const mistyped = /^refs\/(?!tags\/)/.test(ref) ? ': tags are below refs/tags/, branches below refs/heads/' : '';
    return `${ref}${mistyped}; ${notPushed}`;
  }
  return `${ref}: a plain ref is a branch. If ${branch} is a tag, write ?ref=refs/tags/${branch}; ${notPushed}`;
}

const aboutGit =
  /^Failed to fetch git repository|^Cannot find Git revision|^could not (?:update local clone|read HEAD ref)/;

/** git's own word for what is wrong, not the advice it adds. */
function complaintOf(plainLines: readonly string[]): string {
  return plainLines.findLast((line) => /^(?:fatal|error|ssh): /.test(line)) ?? plainLines.at(-1) ?? '';
}

/** Of the errors of one run the first that is not a mere consequence of another. */
function culprit(errors: readonly NixError[]): NixError | undefined {
  return errors.find((error) => !isConsequence(error) && !isPassing(error)) ?? errors.at(-1);
}

/** Nix tells at once that a fetch failed, and goes on with an older clone if that will do. */
function isPassing(error: NixError): boolean {
  return error.trace.startsWith('error: Failed to fetch git repository');
}

/** Evaluation may build something and go on, so that something was built says little. */
function otherwise(error: NixError, run: NixRun): Reason {
  if (/^Cannot build '|^builder for '|^building derivation '/.test(error.message)) return 'BuilderFailed';
  if (run.stage === 'fetch' && error.trace.includes('while fetching the input')) return 'FetchFailed';
  return run.realising && !isOfEvaluation(error) ? 'BuilderFailed' : 'EvaluationFailed';
}

function described({ message, position }: NixError): string {
  // `Cannot build '….drv'.` goes on over lines with the reason, which matters, and the paths that do not exist, which do not.
  const [essence = ''] = message.split('\nOutput paths:\n');
  const text = essence.replace(/\nReason: /, ' ');
  return position === undefined ? text : `${text} (at ${position})`;
}
