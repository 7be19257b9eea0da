import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostArchitecture } from '../../image/architecture.ts';
import { enterRootfs } from '../../image/enter.ts';
import { ensureRootfs } from '../../image/rootfs.ts';
import { anyReference } from '../../test/support/any-reference.ts';
import { anyText } from '../../test/support/any-reference-text.ts';
import { makeNixDirectory, offlineNixConfig } from '../../test/support/nix.ts';
import { UserError } from '../errors.ts';
import { type FlakeReference, formatFlakeReference, parseFlakeReference } from './flake-reference.ts';

/** What enbi writes means the same to the Nix of its image: one that Nix cannot parse as a URL it would take for a path. */
const scratch = mkdtempSync(join(tmpdir(), 'enbi-references-'));
let rootfs: string;

beforeAll(async () => {
  rootfs = await ensureRootfs(hostArchitecture(), (line) => process.stderr.write(`${line}\n`));
  execFileSync('chmod', ['755', scratch]);
  makeNixDirectory(join(scratch, 'nix'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

const rev = '0123456789abcdef0123456789abcdef01234567';
const written = [
  'github:a/b/feature/x',
  `github:a/b/${rev}?dir=x&host=ghe.example.org`,
  'gitlab:group%2Fsub/project/v1.2',
  'sourcehut:~user/repo',
  `git+https://Git.Example.org:8443/a/b/?ref=refs%2Ftags%2Fv1&rev=${rev}&dir=x/y`,
  'git+http://[::1]:3000/a%2Fb',
  'git+ssh://git@h/~user/b.git?submodules=1',
  'git://h/a?shallow=1&lfs=1&allRefs=1',
  'https://h/x/v1.tar.gz',
  'tarball+http://h/a+b=c@d,e!?dir=sub',
  'git+https://dev.azure.com/org/my%20project/_git/my%20repo?ref=feat/%2312,(%C3%A4)&dir=my%20images/%C3%A4',
  'git+ssh://me%40example.org@h/a%2520b',
  'tarball+https://h/%5B%22%27%5D',
];

test('Nix takes every reference that enbi writes for what enbi took it for', () => {
  const references = [...written.map(parseFlakeReference), ...fc.sample(anyReference, { numRuns: 500, seed: 1 })];
  const answers = askNix(references.map(formatFlakeReference));
  for (const [index, reference] of references.entries()) {
    const text = formatFlakeReference(reference);
    const { attributes, string } = answers[index] ?? {};
    expect(normal(attributes), text).toEqual(asNix(reference));
    expect(parseFlakeReference(string?.replace(/^https?:/, 'tarball+$&') ?? ''), text).toEqual(asWritten(reference));
  }
});

test('enbi takes every path, ref and directory that Nix takes, and no other, for the same', () => {
  const texts = fc.sample(anyText, { numRuns: 1500, seed: 1 });
  const answers = askNixEach(texts);
  const taken = texts.map((text, index) => [text, normal(answers[index])] as const);
  expect(texts.map((text) => [text, asEnbi(text)])).toEqual(taken);
  // Both happen, or this would say nothing.
  const refused = taken.filter(([, attributes]) => attributes === undefined);
  expect([refused.length > 100, refused.length < texts.length - 100]).toEqual([true, true]);
});

/** And back. Nix (2.34) reads `allRefs`, and `rev` of an archive, but does not write them; it writes `https://` for any archive. */
function asWritten(reference: FlakeReference): object {
  const { allRefs: _allRefs, rev, ...rest } = { allRefs: true, rev: undefined, ...reference };
  return rev === undefined || reference.type === 'tarball' ? rest : { ...rest, rev };
}

function asEnbi(text: string): object | undefined {
  try {
    return asNix(parseFlakeReference(text));
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return undefined;
  }
}

/** Attributes of those that Nix takes. An expression that fails ends no `nix repl`, and what parseFlakeRef throws is caught by no expression. */
function askNixEach(texts: readonly string[]): Answer['attributes'][] {
  const lines = texts.map(
    (text, index) => `:p "@${index} " + builtins.toJSON (builtins.parseFlakeRef ${asNixString(text)})\n`,
  );
  const answers: Answer['attributes'][] = texts.map(() => undefined);
  for (const line of runNix(['repl'], lines.join('')).split('\n')) {
    const [, index, json] = /^@([0-9]+) (.*)$/.exec(line) ?? [];
    if (json !== undefined) answers[Number(index)] = JSON.parse(json);
  }
  return answers;
}

function asNixString(text: string): string {
  return `"${text.replace(/["\\$]/g, '\\$&')}"`;
}

interface Answer {
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly string?: string;
}

function askNix(texts: readonly string[]): Answer[] {
  writeFileSync(join(scratch, 'texts.json'), JSON.stringify(texts));
  const expression = `map (text: rec { attributes = builtins.parseFlakeRef text; string = builtins.flakeRefToString attributes; })
    (builtins.fromJSON (builtins.readFile /srv/texts.json))`;
  return JSON.parse(runNix(['eval', '--json', '--impure', '--expr', expression]));
}

function runNix(args: readonly string[], input = ''): string {
  const binds = { '/nix': join(scratch, 'nix'), '/srv': scratch };
  const env = { NIX_CONFIG: offlineNixConfig };
  const [program, ...rest] = enterRootfs({ rootfs, binds, env }, ['/usr/bin/nix', ...args]);
  return execFileSync(program, rest, { encoding: 'utf8', input, stdio: 'pipe', maxBuffer: 64 * 1024 ** 2 });
}

/** The attributes that Nix should find, the URL's path decoded. */
function asNix(reference: FlakeReference): object {
  if (reference.type === 'forge') {
    const { type: _, forge, ...rest } = reference;
    return { type: forge, ...rest };
  }
  if (reference.type === 'tarball') {
    const { transport, host, port, segments, ...rest } = reference;
    return { ...rest, url: place(transport, host, port, segments) };
  }
  const { transport, user, host, port, segments, ...rest } = reference;
  return { ...rest, url: place(transport, user === undefined ? host : `${user}@${host}`, port, segments) };
}

function place(scheme: string, host: string, port: number | undefined, segments: readonly string[]): string[] {
  return [`${scheme}:`, '', port === undefined ? host : `${host}:${port}`, ...segments];
}

function normal(attributes: Answer['attributes']): object | undefined {
  if (typeof attributes?.['url'] !== 'string') return attributes;
  return { ...attributes, url: attributes['url'].split('/').map(decodeURIComponent) };
}
