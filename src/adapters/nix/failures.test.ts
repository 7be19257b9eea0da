import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Reason } from '../../api/reasons.ts';
import { InternalError, TransientError, UserError } from '../../errors.ts';
import { failureOf, type NixRun, rows } from './failures.ts';
import { InternalJsonReader } from './internal-json.ts';
import { LineSplitter } from './line-splitter.ts';

/** Standard error of Nix 2.34.8 with git and ssh of the image, each file of one run that failed; addresses made neutral. */
const fixtures = join(import.meta.dirname, 'fixtures');

type Expected = readonly [
  file: string,
  stage: NixRun['stage'],
  kind: typeof UserError,
  reason: Reason,
  message: string | RegExp,
];

const cases: readonly Expected[] = [
  ['git-host-unknown', 'fetch', TransientError, 'NetworkUnreachable', 'Could not resolve host: no-such-host.invalid'],
  ['git-http-refused', 'fetch', TransientError, 'NetworkUnreachable', 'Failed to connect to'],
  ['git-refused', 'fetch', TransientError, 'NetworkUnreachable', /unable to connect to \S+[^:]; a Net/],
  ['ssh-refused', 'fetch', TransientError, 'NetworkUnreachable', 'Connection refused'],
  [
    'ssh-host-unknown',
    'fetch',
    TransientError,
    'NetworkUnreachable',
    'Could not resolve hostname no-such-host.invalid',
  ],
  ['git-429', 'fetch', TransientError, 'NetworkUnreachable', '429'],
  ['git-500', 'fetch', TransientError, 'NetworkUnreachable', '500'],
  ['git-host-key-unknown', 'fetch', UserError, 'FetchFailed', 'known_hosts'],
  ['git-public-key-refused', 'fetch', UserError, 'FetchFailed', 'Permission denied (publickey)'],
  [
    'git-401',
    'fetch',
    UserError,
    'FetchFailed',
    /Username for '\S+'; .*secretName, .*; or there is no such repository/,
  ],
  ['git-403', 'fetch', UserError, 'FetchFailed', 'secretName'],
  [
    'git-certificate-unknown',
    'fetch',
    UserError,
    'FetchFailed',
    /^the host is not trusted: .*signer not trusted; .*ca\.crt/,
  ],
  ['archive-certificate-unknown', 'fetch', UserError, 'FetchFailed', /^https:\S+ is not trusted: .*ca\.crt/],
  ['git-certificates', 'fetch', UserError, 'FetchFailed', 'Problem with the SSL CA cert'],
  ['git-stale-clone', 'fetch', TransientError, 'NetworkUnreachable', 'unable to connect to'],
  ['archive-stale', 'fetch', TransientError, 'NetworkUnreachable', 'cannot reach'],
  ['git-404', 'fetch', UserError, 'FlakeNotFound', 'not found'],
  ['git-not-exported', 'fetch', UserError, 'FlakeNotFound', 'no such repository'],
  ['git-no-repository', 'fetch', UserError, 'FlakeNotFound', 'no such repository'],
  ['git-no-ref', 'fetch', UserError, 'FlakeNotFound', /no ref refs\/heads\/nope:.*\?ref=refs\/tags\/nope; push it/],
  ['git-no-commit', 'fetch', UserError, 'FlakeNotFound', 'no commit 0123456789012345678901234567890123456789'],
  ['git-lfs-of-this-pod', 'fetch', UserError, 'InvalidFlakeReference', 'names a file of the Pod that fetches it'],
  ['git-no-commit-on-ref', 'fetch', UserError, 'FlakeNotFound', 'on refs/heads/main'],
  ['forge-host-unknown', 'fetch', TransientError, 'NetworkUnreachable', 'cannot reach https://no-such-host.invalid/'],
  ['archive-host-unknown', 'fetch', TransientError, 'NetworkUnreachable', 'cannot reach https://no-such-host.invalid/'],
  ['archive-stalled', 'fetch', TransientError, 'NetworkUnreachable', 'cannot reach'],
  ['large-file-with-secret', 'fetch', UserError, 'FetchFailed', 'Git LFS'],
  ['archive-401', 'fetch', UserError, 'FetchFailed', 'secretName'],
  ['archive-403', 'fetch', UserError, 'FetchFailed', 'secretName'],
  ['archive-404', 'fetch', UserError, 'FlakeNotFound', '404'],
  ['archive-429', 'fetch', TransientError, 'FetchFailed', 'limits requests'],
  ['archive-rate-limit', 'fetch', TransientError, 'FetchFailed', 'access token'],
  ['archive-503', 'fetch', TransientError, 'NetworkUnreachable', 'answers 503'],
  ['no-archive', 'fetch', UserError, 'FetchFailed', 'git+https://'],
  ['no-flake-nix', 'fetch', UserError, 'FlakeNotFound', 'no bin/flake.nix; is it committed'],
  ['file-not-committed', 'build', UserError, 'EvaluationFailed', /names image\.sh, .*; is it committed\?/],
  ['input-by-registry', 'fetch', UserError, 'InvalidFlakeReference', '"nixpkgs" by registry name'],
  ['substitute-500', 'build', TransientError, 'NetworkUnreachable', 'some substitutes'],
  ['build-nope', 'build', UserError, 'AttributeNotFound', 'no packages.x86_64-linux.nope'],
  ['build-attrs', 'build', UserError, 'AttributeNotFound', 'packages.x86_64-linux.attrs is a set, not a package'],
  ['build-notdrv', 'build', UserError, 'EvaluationFailed', 'a text, not a package'],
  ['evaluation-path', 'build', UserError, 'EvaluationFailed', 'a path, not a package'],
  ['build-evalerr', 'build', UserError, 'EvaluationFailed', 'you cannot do this'],
  [
    'evaluation-git',
    'build',
    TransientError,
    'NetworkUnreachable',
    /fetches https:\/\/git.example\/x by itself .* Failed to connect.*; make it an input(?!.*secretName)/,
  ],
  [
    'evaluation-archive',
    'build',
    TransientError,
    'NetworkUnreachable',
    /fetches https:\/\/git.example\/x.tar.gz by itself .* connect .*; make it an input/,
  ],
  ['evaluation-unlocked', 'build', UserError, 'EvaluationFailed', /git.example\/x\S* by builtins.fetchGit.*an input/],
  ['evaluation-unlocked-archive', 'build', UserError, 'EvaluationFailed', /by builtins.fetchTarball.*an input/],
  ['evaluation-unlocked-flake', 'build', UserError, 'EvaluationFailed', /by builtins.getFlake.*an input/],
  ['language-feature', 'build', UserError, 'EvaluationFailed', /--language-features pipe-operators/],
  ['build-typeerr', 'build', UserError, 'EvaluationFailed', 'cannot add a string to an integer (at flake.nix:17:21)'],
  ['build-abort', 'build', UserError, 'EvaluationFailed', 'aborted'],
  ['build-infinite', 'build', UserError, 'EvaluationFailed', 'infinite recursion'],
  ['import-from-derivation-failed', 'build', UserError, 'BuilderFailed', /-ifd\.drv'[^]*exit code 7/],
  ['build-failing', 'build', UserError, 'BuilderFailed', /-failing\.drv'[^]*exit code 3/],
  ['build-depfail', 'build', UserError, 'BuilderFailed', /-lowerfail\.drv'[^]*exit code 1/],
  ['build-wrongsys', 'build', UserError, 'BuilderFailed', 'platform mismatch'],
  ['build-feature', 'build', UserError, 'BuilderFailed', 'missing system features'],
  ['build-missingout', 'build', UserError, 'BuilderFailed', 'failed to produce output'],
  ['builder-too-noisy', 'build', UserError, 'BuilderFailed', 'bytes of log output'],
  ['build-hash', 'build', UserError, 'HashMismatch', /specified: sha256-47DEQ[^]*got: +sha256-c8s4W/],
  ['build-timeout', 'build', UserError, 'BuildTimedOut', '2 seconds'],
  ['build-full', 'build', TransientError, 'DiskFull', 'lack of free disk space'],
  ['build-full2', 'build', TransientError, 'DiskFull', 'No space left on device'],
  ['build-full-database', 'build', TransientError, 'DiskFull', 'database or disk is full'],
  ['builder-killed', 'build', TransientError, 'OutOfMemory', 'for want of memory'],
  ['no-namespaces', 'build', InternalError, 'InternalError', 'kernel namespaces'],
];

test.each(cases)('%s', (file, stage, kind, reason, message) => {
  const failure = failureOf({ stage, ...readFixture(file, stage) });
  expect(failure).toBeInstanceOf(kind);
  expect(failure).toHaveProperty('reason', reason);
  expect(failure.message).toMatch(message);
  expect(failure.message).not.toContain('\u001b');
});

test('every row of the table has its case', () => {
  const texts = cases.map(([file, stage]) => readFixture(file, stage));
  const unused = rows.filter(({ in: place, pattern }) => {
    const tried = texts.flatMap(({ errors, plainLines }) =>
      place === 'git' ? [plainLines.join('\n')] : errors.map(({ message }) => message),
    );
    return !tried.some((text) => pattern.test(text));
  });
  expect(unused).toEqual([]);
});

test('every fixture has its case', () => {
  const files = readdirSync(fixtures).map((name) => name.replace(/\.log$/, ''));
  const successes = ['build-default', 'build-dep', 'build-subst'];
  expect(files.toSorted()).toEqual([...cases.map(([file]) => file), ...successes].toSorted());
});

test('a tag that is not there is to be pushed, not to be written otherwise', () => {
  const { errors, plainLines, realising } = readFixture('git-no-ref');
  const asTag = plainLines.map((line) => line.replace('refs/heads/', 'refs/tags/'));
  const { message } = failureOf({ stage: 'fetch', errors, plainLines: asTag, realising });
  expect(message).toBe("the flake's repository has no ref refs/tags/nope; push it if it is not there yet");
});

test('a ref of no kind that git has is told what tags are below', () => {
  const { errors, plainLines, realising } = readFixture('git-no-ref');
  const mistyped = plainLines.map((line) => line.replace('refs/heads/', 'refs/tag/'));
  const { message } = failureOf({ stage: 'fetch', errors, plainLines: mistyped, realising });
  const what = 'no ref refs/tag/nope: tags are below refs/tags/, branches below refs/heads/; push it';
  expect(message).toContain(what);
});

const perhaps = 'or there is no such repository: many hosts ask for credentials then, too';
test.each([
  [[], "asks for login and password, and netrc in the flake's Secret has none for git.example"],
  [['git.example'], "refuses the login and password that netrc in the flake's Secret has for git.example"],
  [undefined, "asks for login and password, and the flake's Secret has no key netrc"],
])(
  'a host that does not take the credentials of a Secret is told with what is in it: netrc for %j',
  (netrcHosts, why) => {
    const { message } = failureOf({ stage: 'fetch', ...readFixture('git-401'), secret: { netrcHosts } });
    expect(message).toBe(`no access to the flake: http://git.example ${why}; ${perhaps}`);
  },
);

test.each(['git-403', 'git-public-key-refused', 'git-404', 'git-not-exported', 'archive-401', 'archive-404'])(
  'nobody who has named a Secret is told to name one: %s',
  (file) => {
    const { message } = failureOf({ stage: 'fetch', ...readFixture(file), secret: {} });
    expect(message).toMatch(/; what the flake's Secret has does not open it$/);
  },
);

test('a failure without an error is ours, and tells the last line there was', () => {
  const run = { stage: 'build', errors: [], plainLines: ['terminate called'], realising: false } as const;
  expect(failureOf(run)).toMatchObject({
    reason: 'InternalError',
    message: expect.stringContaining('terminate called'),
  });
});

function readFixture(
  file: string,
  stage: NixRun['stage'] = 'fetch',
): Pick<NixRun, 'errors' | 'plainLines' | 'realising'> {
  const reader = new InternalJsonReader(stage);
  const splitter = new LineSplitter();
  const lines = [...splitter.push(readFileSync(join(fixtures, `${file}.log`))), ...splitter.end()];
  for (const line of lines) reader.read(line);
  const { errors, doubts, plainLines, realising } = reader;
  return { errors: [...errors, ...doubts], plainLines, realising };
}
