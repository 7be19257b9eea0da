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
import { makeNixDirectory, offlineNixConfig } from '../../test/support/nix.ts';
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
];

test('Nix takes every reference that enbi writes for what enbi took it for', () => {
  const references = [...written.map(parseFlakeReference), ...fc.sample(anyReference, { numRuns: 500, seed: 1 })];
  const answers = askNix(references.map(formatFlakeReference));
  for (const [index, reference] of references.entries()) {
    const text = formatFlakeReference(reference);
    const { attributes, string } = answers[index] ?? {};
    expect(normal(attributes), text).toEqual(asNix(reference));
    // And back. Nix (2.34) reads `allRefs` but does not write it, and writes `https://` for any archive.
    const { allRefs: _, ...rest } = { allRefs: true, ...reference };
    expect(parseFlakeReference(string?.replace(/^https?:/, 'tarball+$&') ?? ''), text).toEqual(rest);
  }
});

interface Answer {
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly string?: string;
}

function askNix(texts: readonly string[]): Answer[] {
  writeFileSync(join(scratch, 'texts.json'), JSON.stringify(texts));
  const expression = `map (text: rec { attributes = builtins.parseFlakeRef text; string = builtins.flakeRefToString attributes; })
    (builtins.fromJSON (builtins.readFile /srv/texts.json))`;
  const binds = { '/nix': join(scratch, 'nix'), '/srv': scratch };
  const [program, ...args] = enterRootfs({ rootfs, binds, env: { NIX_CONFIG: offlineNixConfig } }, [
    '/usr/bin/nix',
    'eval',
    '--json',
    '--impure',
    '--expr',
    expression,
  ]);
  return JSON.parse(execFileSync(program, args, { encoding: 'utf8' }));
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
