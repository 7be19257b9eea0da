import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { hostArchitecture } from '../image/architecture.ts';
import { type Entry, enterRootfs } from '../image/enter.ts';
import { ensureRootfs } from '../image/rootfs.ts';
import { podAnnotation } from '../src/api/labels.ts';
import { fillTag } from '../src/flake-reference/flake-reference.ts';
import { blocksOf, page } from './support/markdown.ts';
import { makeNixDirectory, offlineNixConfig } from './support/nix.ts';
import { checkout } from './support/source-files.ts';

const Deployment = z.object({
  spec: z.object({ template: z.object({ metadata: z.object({ annotations: z.record(z.string(), z.string()) }) }) }),
});

const run = promisify(execFile);
const examples = join(import.meta.dirname, '..', 'examples');
const scratch = mkdtempSync(join(tmpdir(), 'enbi-examples-'));
const store = join(scratch, 'nix');
const isHost = hostArchitecture() === 'amd64';
const [hostSystem, foreignSystem] = isHost ? ['x86_64-linux', 'aarch64-linux'] : ['aarch64-linux', 'x86_64-linux'];
const started: ChildProcess[] = [];
let rootfs: string;
let server: ChildProcess;

beforeAll(async () => {
  rootfs = await ensureRootfs(hostArchitecture(), (line) => process.stderr.write(`${line}\n`));
  chmodSync(scratch, 0o755);
  makeNixDirectory(store);
  writeSources();
  server = await startServer('srv');
});
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true });
});

function writeSources(): void {
  for (const version of ['1.0.0', '1.1.0']) {
    const sources = join(scratch, 'flakes/hello', version);
    cpSync(join(examples, 'hello'), sources, { recursive: true });
    writeFileSync(join(sources, 'version'), `${version}\n`);
  }
  cpSync(join(examples, 'broken'), join(scratch, 'flakes/broken/1.0.0'), { recursive: true });
  cpSync(join(examples, 'git-server'), join(scratch, 'git-server'), { recursive: true });
}

/** In a network of its own, so that no port of this machine is taken. */
async function startServer(served: string, env: Record<string, string> = {}): Promise<ChildProcess> {
  const directory = join(scratch, served);
  mkdirSync(directory);
  chownSync(directory, 1000, 1000);
  const binds = { '/srv': directory, '/mnt': scratch };
  const command = ['sh', '/mnt/git-server/serve.sh'];
  const child = inOwnNetwork(enterRootfs({ rootfs, binds, env: { SOURCES: '/mnt/flakes', ...env } }, command));
  await vi.waitFor(() => git(child, 'git://127.0.0.1/hello'), { timeout: 20_000, interval: 200 });
  return child;
}

function inOwnNetwork(command: readonly string[]): ChildProcess {
  const child = spawn('unshare', ['--net', 'sh', '-euc', 'ip link set lo up; exec "$@"', 'sh', ...command], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  started.push(child);
  return child;
}

async function inNetworkOf(child: ChildProcess, command: readonly string[]): Promise<string> {
  const { stdout } = await run('nsenter', [`--net=/proc/${child.pid}/ns/net`, ...command], {
    encoding: 'latin1',
    maxBuffer: 2 ** 24,
  });
  return stdout;
}

async function inside(command: readonly string[], entry: Partial<Entry> = {}): Promise<string> {
  const binds = { '/nix': store };
  const env = { NIX_CONFIG: offlineNixConfig, ...entry.env };
  return inNetworkOf(server, enterRootfs({ rootfs, binds, ...entry, env }, command));
}

async function git(child: ChildProcess, url: string): Promise<string> {
  const env = { GIT_TERMINAL_PROMPT: '0' };
  return inNetworkOf(child, enterRootfs({ rootfs, env }, ['git', 'ls-remote', '--exit-code', url]));
}

interface Built {
  /** Where the result lies on this machine. */
  readonly path: string;
  readonly storePath: string;
}

async function build(name: string, version = '1.1.0', flags: readonly string[] = []): Promise<Built> {
  const url = `git://127.0.0.1/hello?ref=refs/tags/${version}#${name}`;
  const output = await inside(['nix', 'build', '--no-link', '--print-out-paths', ...flags, url]);
  const storePath = output.trim();
  return { storePath, path: join(scratch, storePath) };
}

function unpack(archive: string): string {
  const directory = mkdtempSync(join(scratch, 'unpacked-'));
  execFileSync('tar', ['-xf', archive, '-C', directory]);
  return directory;
}

function hexOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function readJson(...path: string[]) {
  return JSON.parse(readFileSync(join(...path), 'utf8'));
}

/** The configuration of a docker-archive whose every digest was checked. */
function checkedConfig(archive: string) {
  const directory = unpack(archive);
  const [{ Config, Layers, RepoTags }] = readJson(directory, 'manifest.json');
  expect(Config).toBe(`${hexOf(join(directory, Config))}.json`);
  const digests = Layers.map((name: string) => hexOf(join(directory, name)));
  expect(Layers).toEqual(digests.map((digest: string) => `${digest}/layer.tar`));
  const config = readJson(directory, Config);
  expect(config.rootfs.diff_ids).toEqual(digests.map((digest: string) => `sha256:${digest}`));
  return { ...config, RepoTags };
}

describe('git server', () => {
  it('gives the same revisions wherever it runs', async () => {
    const other = await startServer('srv-again');
    expect(await git(other, 'git://127.0.0.1/hello')).toBe(await git(server, 'git://127.0.0.1/hello'));
  });

  it('asks for a password over http when it has one', async () => {
    const guarded = await startServer('srv-guarded', { PASSWORD: 'secret' });
    const path = '127.0.0.1:8080/cgi-bin/git/hello';
    expect(await git(guarded, `http://enbi:secret@${path}`)).toContain('refs/tags/1.1.0');
    await expect(git(guarded, `http://${path}`)).rejects.toThrow('could not read Username');
  });
});

describe('hello', () => {
  it('is a docker-archive as nixpkgs makes them', async () => {
    const config = checkedConfig((await build('default')).path);
    expect(config).toMatchObject({
      architecture: hostArchitecture(),
      os: 'linux',
      config: { Entrypoint: ['/bin/serve'], User: '1000:1000' },
      RepoTags: ['hello:1.1.0'],
    });
  });

  it('shares the layer below the page between versions', async () => {
    const [old, next] = [await build('default', '1.0.0'), await build('default', '1.1.0')];
    const [before, after] = [checkedConfig(old.path).rootfs.diff_ids, checkedConfig(next.path).rootfs.diff_ids];
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    const programs = readdirSync(join(store, 'store')).filter((name) => name.endsWith('hello-program'));
    expect(programs).toHaveLength(1);
  });

  it.each(['default', 'docker-archive-gzip', 'oci-archive', 'oci-layout', 'stream'])(
    'makes %s byte for byte the same again',
    async (name) => {
      await build(name);
      await expect(build(name, '1.1.0', ['--rebuild'])).resolves.toBeDefined();
    },
  );

  it('is the same archive compressed, and written by a program', async () => {
    const archive = readFileSync((await build('default')).path);
    expect(gunzipSync(readFileSync((await build('docker-archive-gzip')).path)).equals(archive)).toBe(true);
    const written = await inside([(await build('stream')).storePath]);
    expect(Buffer.from(written, 'latin1').equals(archive)).toBe(true);
  });

  it('is the same image as an OCI layout, in a directory and in an archive', async () => {
    const layout = (await build('oci-layout')).path;
    const blob = (digest: string) => join(layout, 'blobs', digest.replace(':', '/'));
    for (const name of readdirSync(join(layout, 'blobs/sha256'))) expect(hexOf(blob(`sha256:${name}`))).toBe(name);
    const manifest = readJson(blob(readJson(layout, 'index.json').manifests[0].digest));
    const { RepoTags: _, ...config } = checkedConfig((await build('default')).path);
    expect(readJson(blob(manifest.config.digest))).toEqual(config);
    execFileSync('diff', ['-r', layout, unpack((await build('oci-archive')).path)]);
  });

  it.each([
    ['aarch64-linux', { architecture: 'arm64' }],
    ['armv7l-linux', { architecture: 'arm', variant: 'v7' }],
    ['riscv64-linux', { architecture: 'riscv64' }],
  ])('names the architecture of %s', async (system, expected) => {
    // Its busybox is this machine's, so Nix may build it here.
    const flags = ['--option', 'extra-platforms', `${system} ${hostSystem} ${foreignSystem}`];
    const { path } = await build(`packages.${system}.default`, '1.1.0', flags);
    expect(checkedConfig(path)).toMatchObject(expected);
  });

  it('has something that is no image', async () => {
    const { path } = await build('not-an-image');
    expect(readdirSync(path)).toEqual(['bin', 'etc']);
  });

  it('serves its version until it is told to end', async () => {
    const image = mkdtempSync(join(scratch, 'image-'));
    chmodSync(image, 0o755);
    const archive = unpack((await build('default')).path);
    for (const layer of readJson(archive, 'manifest.json')[0].Layers) {
      execFileSync('tar', ['-xf', join(archive, layer), '-C', image]);
    }
    mkdirSync(join(image, 'dev'));
    writeFileSync(join(image, 'dev/null'), ''); // a runtime brings it; the shell reads it for what runs in the background
    const serving = inOwnNetwork(['chroot', '--userspec=1000:1000', image, '/bin/serve']);
    const ask = (path: string) =>
      inNetworkOf(serving, ['chroot', image, '/bin/wget', '-qO-', `http://127.0.0.1:8080/${path}`]);
    await vi.waitFor(async () => expect(await ask('version')).toBe('1.1.0\n'), { timeout: 5000, interval: 100 });
    expect(await ask('')).toContain('<h1>hello 1.1.0</h1>');
    serving.kill('SIGTERM');
    expect(await ask('version')).toBe('1.1.0\n'); // still, for those who have not heard of it
    await vi.waitFor(() => expect(serving.exitCode).toBe(0), { timeout: 5000 });
  });
});

describe('docs/guide/try.md', () => {
  const guide = page('docs/guide/try.md');
  const deployment = Deployment.parse(parse(blocksOf(guide, 'yaml')[0] ?? ''));
  const flakeUrl = deployment.spec.template.metadata.annotations[podAnnotation.flakeUrl] ?? '';
  const typed = (start: string) => blocksOf(guide, 'sh').find((block) => block.startsWith(start)) ?? '';

  /** What the page tells to type for both versions, as it stands, where the machine has the page's address. */
  function startReader(): ChildProcess {
    const home = join(scratch, 'reader');
    mkdirSync(home);
    const [name, email] = ['reader', 'reader@example.invalid'];
    const author = { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_CONFIG_GLOBAL: '/dev/null' };
    const env = { ...process.env, ...author, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email, HOME: home };
    const next = typed('cd ~/flakes/hello').replaceAll(/^kubectl .*\n/gm, '');
    const network = `ip link set lo up; ip address add ${new URL(flakeUrl).hostname} dev lo`;
    const flags = ['--net', '--pid', '--fork', '--kill-child', 'sh', '-euc'];
    const script = [network, typed('mkdir'), next, 'wait'].join('\n');
    const child = spawn('unshare', [...flags, script], { cwd: checkout, env, stdio: ['ignore', 'ignore', 'inherit'] });
    started.push(child);
    return child;
  }

  it('serves a flake as its Deployment asks for it, in both versions', async () => {
    const reader = startReader();
    const entry = { rootfs, binds: { '/nix': store }, env: { NIX_CONFIG: offlineNixConfig } };
    for (const version of ['1.0', '2.0']) {
      const build = ['nix', 'build', '--no-link', '--print-out-paths', fillTag(flakeUrl, version)];
      const built = await vi.waitFor(() => inNetworkOf(reader, enterRootfs(entry, build)), { timeout: 20_000 });
      expect(checkedConfig(join(scratch, built.trim())).RepoTags).toEqual([`hello:${version}`]);
    }
  });
});

describe('broken', () => {
  it('fails, and says why', async () => {
    const command = ['nix', 'build', '-L', '--no-link', 'git://127.0.0.1/broken?ref=refs/tags/1.0.0'];
    await expect(inside(command)).rejects.toThrow(/main\.c:3: fatal error[\s\S]*builder failed with exit code 1/);
  });
});
