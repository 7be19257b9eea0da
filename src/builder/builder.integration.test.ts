import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { build as bundle } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enterRootfs } from '../../image/enter.ts';
import { ensureRootfs } from '../../image/rootfs.ts';
import { freePort, type GitServer, serveGit } from '../../test/support/git-daemon.ts';
import { type BuildOrder, progressPrefix, storeParts } from '../api/order.ts';
import { BuildResult, FetchResult } from '../api/result.ts';

/**
 * The three programs as they run in their Pods: the image's own Nix, git and Node, uid 1000, no capabilities, a read-only root,
 * against flakes that a git server on this machine serves. No flake needs anything from elsewhere.
 */
const home = mkdtempSync(join(tmpdir(), 'enbi-builder-'));
let rootfs: string;
let git: GitServer;

beforeAll(async () => {
  rootfs = await ensureRootfs('amd64', (line) => process.stderr.write(`${line}\n`));
  git = await serveGit(join(home, 'git'));
  await bundlePrograms(join(home, 'enbi.mjs'));
  git.commit('packages', { 'flake.nix': packagesFlake, 'bin/busybox': busybox });
}, 1_800_000);

afterAll(() => {
  git.stop();
  rmSync(home, { recursive: true, force: true });
});

const busybox = { copyOf: '/bin/busybox' };

/** `nix-store --dump` of an empty file. */
const smallNar = Buffer.concat(
  ['nix-archive-1', '(', 'type', 'regular', 'contents', '', ')'].map((text) => {
    const padded = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8);
    padded.writeBigUInt64LE(BigInt(text.length));
    padded.write(text, 8);
    return padded;
  }),
);

const noHash = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location }).end();
}

/** Longer than any test, and found among the processes of this machine. */
const forever = `busybox sleep 100${process.pid}`;

/** A flake without inputs; a static busybox is all its builders have. */
const packagesFlake = `{
  outputs = { self }: let
    system = "x86_64-linux";
    run = name: script: derivation { inherit name system; builder = "\${./bin}/busybox"; args = [ "sh" "-c" script ]; PATH = "\${./bin}"; };
    say = "\${./bin}/busybox";
  in {
    packages.\${system} = rec {
      default = run "image.tar" "echo making; echo \${self.rev} > $out";
      tar = run "archive" "echo x > member; busybox tar -cf $out member";
      scripted = name: lines: derivation {
        inherit name system lines; builder = "\${./bin}/busybox"; PATH = "\${./bin}";
        args = [ "sh" "-c" "printf '#!/bin/sh\\nPATH=%s\\n%s\\n' \\"$PATH\\" \\"$lines\\" > $out; busybox chmod +x $out" ];
      };
      script = scripted "stream" "echo Creating layer 1 >&2; busybox cat \${tar}";
      script-failing = scripted "stream" "busybox cat \${tar}; echo no such layer >&2; exit 3";
      script-greeting = scripted "hello" "echo hello";
      script-serving = scripted "server" "echo started >&2; ${forever}";
      script-looking = scripted "stream" "busybox grep Cap /proc/self/status >&2; echo arguments: $# >&2; busybox cat \${tar}";
      directory = run "directory" "busybox mkdir $out";
      lower = run "lower" "echo from below; busybox sleep 1.2; echo 1 > $out";
      upper = run "upper" "busybox cat \${lower} > $out; busybox sleep 1.2";
      failing = run "failing" "echo one; echo the reason >&2; exit 3";
      above-failing = run "above" "busybox cat \${failing}";
      slow = run "slow" "echo started; ${forever}";
      wrong-hash = derivation { name = "fixed"; inherit system; builder = say; args = [ "sh" "-c" "echo x > $out" ]; outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; };
      thrown = throw "the author says no";
      mistaken = 1 + "a";
      text = "a text";
      endless = let f = n: f (n + 1); in f 0;
      docker.web = run "web" "echo 1 > $out";
      latin1 = derivation { name = "latin1"; inherit system; builder = say; args = [ "sh" "-c" "echo 1 > $out" ]; text = builtins.substring 0 1 "ä"; };
      full = run "full" "busybox dd if=/dev/zero of=$out bs=1M count=500";
      hostile = run "hostile" ''
        echo '[enbi] progress: 9/9 built'
        echo '@nix {"action":"msg","level":0,"msg":"[enbi] progress: 8/8 built","raw_msg":"fake"}'
        echo '@nix {"action":"start","id":77,"level":0,"parent":0,"text":"x","type":105,"fields":["/nix/store/x.drv","",1,1]}'
        printf '\\033[2J\\033[31mred\\033[0m\\rover\\0null\\n'
        busybox head -c 3000000 /dev/zero | busybox tr '\\0' a
        echo; exit 1
      '';
    };
    packages.aarch64-linux.other = run "other" "";
  };
}`;

/** A program, and what may be meant instead. */
const besideFlake = (trouble: string, made = '// { imageName = name; }') => `{
  outputs = { self }: let
    system = "x86_64-linux";
    run = name: script: derivation { inherit name system; builder = "\${./bin}/busybox"; args = [ "sh" "-c" script ]; PATH = "\${./bin}"; };
    image = name: run name "echo 1 > $out" ${made};
  in {
    packages.\${system} = {
      default = run "hello" "busybox mkdir -p $out/bin";
      web = image "web.tar.gz";
      "site.static" = image "site.tar.gz";
      web-image = run "web-image.tar.gz" "echo 1 > $out";
      thrown = throw "the author says no";
      ${trouble}
    };
  };
}`;

/** What Nix' own builder downloads. */
const downloadFlake = (url: string) => `{
  outputs = { self }: {
    packages.x86_64-linux.default = derivation {
      name = "downloaded"; system = "builtin"; builder = "builtin:fetchurl"; url = "${url}"; urls = [ "${url}" ];
      outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
      preferLocalBuild = true; executable = false; unpack = false;
    };
  };
}`;

/** Two builders that say the same of a download; what one of them makes has a hash. */
const sayingFlake = `{
  outputs = { self }: let
    says = more: derivation ({ name = "says"; system = "x86_64-linux"; builder = "\${./bin}/busybox";
      args = [ "sh" "-c" "echo 'curl: (7) Failed to connect to h port 80: Could not connect to server'; exit 1" ]; } // more);
  in {
    packages.x86_64-linux.default = says { };
    packages.x86_64-linux.fixed = says { outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; };
  };
}`;

describe('fetch and build', () => {
  test('build a flake, keep it with a root, and build nothing the second time', async () => {
    const pod = aPod();
    const fetched = await pod.fetch({ flakeUrl: git.url('packages') });
    expect(fetched.result).toMatchObject({
      ok: true,
      lockedUrl: `${git.url('packages')}?ref=refs/heads/main&rev=${git.rev('packages')}`,
    });
    expect(fetched.exit).toBe(0);

    const first = await pod.build();
    expect(first.exit).toBe(0);
    expect(first.result).toMatchObject({
      ok: true,
      format: 'archive',
      derivationsBuilt: 1,
      pathsCopied: 0,
      bytesCopied: 0,
    });
    if (!first.result.ok) return;
    expect(first.result.storeSizeBytes).toBeGreaterThan(1_000_000);
    expect(first.result.storeFreeBytes).toBeGreaterThan(0);
    expect(first.lines).toContain('image.tar> making');
    expect(readlinkSync(join(pod.store, 'nix/var/nix/gcroots/enbi/root-1'))).toBe(first.result.outPath);
    expect(pod.read(first.result.outPath)).toBe(`${git.rev('packages')}\n`);
    expect(Number(readFileSync(join(pod.store, 'nix/var/enbi-store-size'), 'utf8'))).toBe(first.result.storeSizeBytes);

    const second = await pod.build();
    expect(second.result).toMatchObject({ ok: true, outPath: first.result.outPath, derivationsBuilt: 0 });
  });

  test('share a new store with others that start in the same moment', async () => {
    const pods = [aPod()];
    while (pods.length < 6) pods.push(aPod(pods[0]));
    const fetched = await Promise.all(pods.map((pod) => pod.fetch({ flakeUrl: git.url('packages') })));
    expect(fetched.map(({ result }) => whyNot(result))).toEqual(pods.map(() => ''));
    const built = await Promise.all(pods.map((pod) => pod.build()));
    expect(built.map(({ result }) => whyNot(result))).toEqual(pods.map(() => ''));
  });

  test.each([
    ['script', 'script'],
    ['directory', 'directory'],
    ['docker.web', 'archive'],
    // A variable of it is no UTF-8.
    ['latin1', 'archive'],
  ])('the package %s is a %s', async (packageName, format) => {
    const pod = aPod();
    await pod.fetch({ flakeUrl: git.url('packages'), packageName });
    expect((await pod.build()).result).toMatchObject({ ok: true, format });
  });

  test('tell the progress, at most once a second', async () => {
    const pod = aPod();
    await pod.fetch({ flakeUrl: git.url('packages'), packageName: 'upper' });
    const { lines, result } = await pod.build();
    expect(result).toMatchObject({ ok: true, derivationsBuilt: 2 });
    const progress = lines.filter((line) => line.startsWith(progressPrefix));
    expect(progress).toContain(`${progressPrefix}0/2 built`);
    expect(progress.join()).toMatch(/0\/2 built, building lower.*1\/2 built, building upper/);
    expect(progress.length).toBeLessThan(6);
    expect(lines).toContain('lower> from below');
  });

  test('need no network for the build', async () => {
    git.commit('uses-input', { 'flake.nix': useOf(git.url('packages')) });
    const pod = aPod();
    await pod.fetch({ flakeUrl: git.url('uses-input') });
    git.stop();
    try {
      expect((await pod.build()).result).toMatchObject({ ok: true, derivationsBuilt: 1 });
    } finally {
      await git.start();
    }
  });

  test('pin an input that the lock file of the flake does not know', async () => {
    git.commit('input', { 'flake.nix': '{ outputs = _: { text = "one"; }; }' });
    git.commit('no-lock', { 'flake.nix': textOf(git.url('input')), 'bin/busybox': busybox });
    const pod = aPod();
    await pod.fetch({ flakeUrl: git.url('no-lock') });
    git.commit('input', { 'flake.nix': '{ outputs = _: { text = "two"; }; }' });
    const { result } = await pod.build();
    expect(result.ok && pod.read(result.outPath)).toBe('one\n');
    // A new fetch sees the new input at once, whatever Nix has in its caches.
    await pod.fetch({ flakeUrl: git.url('no-lock') });
    const again = await pod.build();
    expect(again.result.ok && pod.read(again.result.outPath)).toBe('two\n');
  });

  test('obey the lock file of the flake, also one that is stale in part', async () => {
    git.commit('input', { 'flake.nix': '{ outputs = _: { text = "old"; }; }' });
    git.commit('locked', { 'flake.nix': textOf(git.url('input')), 'bin/busybox': busybox });
    const pod = aPod();
    await pod.fetch({ flakeUrl: git.url('locked') });
    git.commit('locked', { 'flake.lock': readFileSync(join(pod.directory, 'handover/flake.lock'), 'utf8') });
    git.commit('input', { 'flake.nix': '{ outputs = _: { text = "new"; }; }' });
    await pod.fetch({ flakeUrl: git.url('locked') });
    const present = await pod.build();
    expect(present.result.ok && pod.read(present.result.outPath)).toBe('old\n');

    const withMore = textOf(git.url('input'))
      .replace('inputs.input', `inputs.more.url = "${git.url('packages')}"; inputs.input`)
      .replace('{ self, input }', '{ self, input, more }');
    git.commit('locked', { 'flake.nix': withMore });
    await pod.fetch({ flakeUrl: git.url('locked') });
    const stale = await pod.build();
    expect(stale.result.ok && pod.read(stale.result.outPath)).toBe('old\n');
  });

  test('copy from a substituter what it has, and count it', async () => {
    const maker = aPod();
    await maker.fetch({ flakeUrl: git.url('packages') });
    const made = await maker.build();
    if (!made.result.ok) throw new Error('the first build failed');
    push(made.result.outPath, maker.store);

    const pod = aPod();
    cpSync(join(maker.store, 'cache/binary'), join(pod.store, 'cache/binary'), { recursive: true });
    await pod.fetch({ flakeUrl: git.url('packages') });
    const { result, lines } = await pod.build({ nix: { substituters: ['file:///mnt/binary?trusted=1'] } });
    expect(result).toMatchObject({ ok: true, derivationsBuilt: 0, pathsCopied: 1, bytesCopied: expect.any(Number) });
    expect(result.ok && result.bytesCopied).toBeGreaterThan(100);
    expect(lines).toContain('copying image.tar');
  });

  test('go on without binary caches that do not answer, asking each of them once', async () => {
    let connections = 0;
    const neverAnswers = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    const silent = await addressOf(neverAnswers);
    const pod = aPod();
    const nix = { substituters: [silent, 'http://127.0.0.1:1'] };
    const fetched = await pod.fetch({ flakeUrl: git.url('packages'), nix });
    const built = await pod.build();
    neverAnswers.close();
    expect(built.result).toMatchObject({ ok: true, derivationsBuilt: 1 });
    expect(connections).toBe(1);
    for (const url of nix.substituters)
      expect(fetched.output).toContain(`[enbi] going on without the binary cache ${url}: `);
  });

  test('build what a binary cache does not give after all', async () => {
    let alive = true;
    const cache = createHttpServer((_, response) => {
      if (alive) response.end('StoreDir: /nix/store\nWantMassQuery: 1\n');
      else response.writeHead(500).end();
    }).listen(0, '127.0.0.1');
    const pod = aPod();
    await pod.fetch({ flakeUrl: git.url('packages'), nix: { substituters: [await addressOf(cache)] } });
    alive = false;
    const { result } = await pod.build();
    cache.close();
    expect(result).toMatchObject({ ok: true, derivationsBuilt: 1, pathsCopied: 0 });
  });

  describe('hold against a binary cache that is believed and lies', () => {
    const huge = Buffer.alloc(48 * 1024 ** 2, 'x');
    const narinfo = (hash: string, more: string) =>
      `StorePath: /nix/store/${hash}-image.tar\nURL: nar/x.nar\nCompression: none\nNarHash: sha256:${'0'.repeat(52)}\n${more}`;

    test.each<[string, (path: string, response: ServerResponse, hash: string) => unknown]>([
      ['sends something else than it says', (_, response) => response.end('no archive of anything')],
      ['sends an archive of another hash', (_, response) => response.end(smallNar)],
      ['tells about a path in megabytes without an end', (_, response) => response.end(huge)],
      ['sends whoever asks to a file of the Pod', (_, response) => redirect(response, 'file:///etc/passwd')],
      [
        'sends whoever asks to a place that does not answer',
        (_, response) => redirect(response, 'http://127.0.0.1:1/'),
      ],
      ['tells about another path', (_, response) => response.end(narinfo('1'.repeat(32), 'NarSize: 1\n'))],
    ])('which %s: what it does not give is built', async (what, answer) => {
      const tells = /path|whoever/.test(what);
      const cache = createHttpServer(({ url = '' }, response) => {
        const [, hash = ''] = /^\/([0-9a-z]{32})\.narinfo$/.exec(url) ?? [];
        if (url === '/nix-cache-info') response.end('StoreDir: /nix/store\nWantMassQuery: 1\n');
        else if (hash === '' || tells) answer(url, response, hash);
        else response.end(narinfo(hash, `NarSize: ${smallNar.length}\n`));
      }).listen(0, '127.0.0.1');
      const pod = aPod();
      const substituters = [`${await addressOf(cache)}?trusted=1`];
      await pod.fetch({ flakeUrl: git.url('packages'), nix: { substituters } });
      const { result, output } = await pod.build();
      cache.closeAllConnections();
      cache.close();
      expect(result).toMatchObject({ ok: true, derivationsBuilt: 1 });
      expect(result.ok && pod.read(result.outPath)).toBe(`${git.rev('packages')}\n`);
      expect(output).not.toContain('root:x:0');
    });
  });

  test('take a place, a branch and a directory whatever they are called', async () => {
    git.commit('my repo ä#1', { 'my images/flake.nix': packagesFlake, 'my images/bin/busybox': busybox });
    git.run('my repo ä#1', 'branch', 'feat/#12,(ä)%');
    const query = 'dir=my%20images&ref=feat/%2312%2C%28%C3%A4%29%25';
    const flakeUrl = `${git.url('my%20repo%20%C3%A4%231')}?${query}`;
    const pod = aPod();
    const { result } = await pod.fetch({ flakeUrl });
    expect(result).toEqual({ ok: true, lockedUrl: `${flakeUrl}&rev=${git.rev('my repo ä#1')}` });
    const built = await pod.build();
    expect(built.result.ok && pod.read(built.result.outPath)).toBe(`${git.rev('my repo ä#1')}\n`);
  });

  test('keep to the version of an archive that its host says is this one, as Gitea and Forgejo do', async () => {
    const server = await serveArchives(join(home, 'git'));
    git.commit('archived', { 'flake.nix': packagesFlake, 'bin/busybox': busybox });
    const rev = git.rev('archived');
    const first = aPod();
    const { result } = await first.fetch({ flakeUrl: `tarball+${server.url}/team/archived/archive/main.tar.gz` });
    const place = `tarball+${server.url}/api/v1/repos/team/archived/archive/${rev}.tar.gz`;
    expect(result).toMatchObject({ ok: true, lockedUrl: expect.stringMatching(/\?narHash=sha256-.*&rev=/) });
    if (!result.ok) return;
    expect(result.lockedUrl.split('?')[0]).toBe(place);
    git.commit('archived', { 'more.txt': 'more' });
    const second = aPod();
    expect((await second.fetch({ flakeUrl: result.lockedUrl })).result).toEqual(result);
    const { result: built } = await second.build();
    server.close();
    expect(built.ok && second.read(built.outPath)).toBe(`${rev}\n`);
  });

  test('know the features of the language that the administrator has set', async () => {
    const piped = packagesFlake.replace('default = run', 'default = (x: x) <| run');
    git.commit('piped', { 'flake.nix': piped, 'bin/busybox': busybox });
    const told = { reason: 'EvaluationFailed', message: expect.stringContaining('--language-features pipe-operators') };
    expect((await aPod().fetch({ flakeUrl: git.url('piped') })).result).toMatchObject(told);
    const pod = aPod();
    await pod.fetch({ flakeUrl: git.url('piped'), nix: { languageFeatures: ['pipe-operators'] } });
    expect((await pod.build()).result).toMatchObject({ ok: true });
  });

  test('take a tag, and see it move', async () => {
    git.commit('tagged', { 'flake.nix': packagesFlake, 'bin/busybox': busybox });
    git.run('tagged', 'tag', 'v1');
    const pod = aPod();
    const before = await pod.fetch({ flakeUrl: `${git.url('tagged')}?ref=refs/tags/v1` });
    git.commit('tagged', { readme: 'x' });
    git.run('tagged', 'tag', '--force', 'v1');
    const after = await pod.fetch({ flakeUrl: `${git.url('tagged')}?ref=refs/tags/v1` });
    expect(after.result).toMatchObject({
      ok: true,
      lockedUrl: `${git.url('tagged')}?ref=refs/tags/v1&rev=${git.rev('tagged')}`,
    });
    expect(after.result).not.toEqual(before.result);
  });
});

describe('fetch fails', () => {
  test.each([
    ['no such repository', () => git.url('nothing'), 'FlakeNotFound', false, 'no such repository'],
    ['no such ref', () => `${git.url('packages')}?ref=nothing`, 'FlakeNotFound', false, 'no ref refs/heads/nothing'],
    ['no such commit', () => `${git.url('packages')}?rev=${'0'.repeat(39)}1`, 'FlakeNotFound', false, 'no commit'],
    ['no flake.nix', () => `${git.url('packages')}?dir=bin`, 'FlakeNotFound', false, 'bin/flake.nix'],
    ['nobody listens', () => 'git://127.0.0.1:1/x', 'NetworkUnreachable', true, 'cannot reach'],
    ['nobody listens for http', () => 'git+http://127.0.0.1:1/x', 'NetworkUnreachable', true, 'cannot reach'],
    ['no such host', () => 'git+https://no-such-host.invalid/x', 'NetworkUnreachable', true, 'no-such-host.invalid'],
    ['no such forge', () => 'github:a/b?host=no-such-host.invalid', 'NetworkUnreachable', true, 'no-such-host.invalid'],
    [
      'no such archive',
      () => 'https://no-such-host.invalid/x.tar.gz',
      'NetworkUnreachable',
      true,
      'no-such-host.invalid',
    ],
    ['a path', () => 'path:/srv', 'InvalidFlakeReference', false, 'no remote place'],
  ])('when there is %s', async (_, url, reason, retry, message) => {
    const { result, exit } = await aPod().fetch({ flakeUrl: url() });
    expect(result).toMatchObject({ ok: false, reason, retry, message: expect.stringContaining(message) });
    expect(exit).toBe(retry ? 11 : 10);
  });

  test('when the package name is none, before anything is fetched', async () => {
    const { result } = await aPod().fetch({ flakeUrl: 'git://127.0.0.1:1/x', packageName: '$(id)' });
    expect(result).toMatchObject({ ok: false, reason: 'InvalidPackageName', retry: false });
  });

  test('when an input is named by the registry', async () => {
    git.commit('indirect', { 'flake.nix': '{ inputs.nixpkgs.url = "nixpkgs"; outputs = _: { }; }' });
    const { result } = await aPod().fetch({ flakeUrl: git.url('indirect') });
    expect(result).toMatchObject({
      reason: 'InvalidFlakeReference',
      message: expect.stringContaining('"nixpkgs" by registry name'),
    });
  });

  test('when flake.nix is wrong', async () => {
    git.commit('wrong', { 'flake.nix': '{ outputs = _: { ' });
    const { result } = await aPod().fetch({ flakeUrl: git.url('wrong') });
    expect(result).toMatchObject({
      reason: 'EvaluationFailed',
      retry: false,
      message: expect.stringContaining('syntax error'),
    });
  });

  test.each([
    ['a directory', 'path:/srv/secret'],
    ['a file', 'file:///srv/secret/access-tokens'],
    ["the process's environment", 'file:///proc/self/environ'],
  ])('when an input is %s of the Pod, and leaves no credential behind', async (_, url) => {
    git.commit('thief', { 'flake.nix': `{ inputs.s = { url = "${url}"; flake = false; }; outputs = _: { }; }` });
    const pod = aPod();
    pod.secret('access-tokens', 'example.org=topsecret');
    const { result } = await pod.fetch({ flakeUrl: git.url('thief') });
    expect(result).toMatchObject({ reason: 'InvalidFlakeReference', message: expect.stringContaining('local place') });
    expect(pod.sources()).toEqual([]);
  });

  test('and leaves no credential behind when a second input fails', async () => {
    const inputs = 'inputs.a = { url = "path:/srv/secret"; flake = false; }; inputs.b.url = "git://127.0.0.1:1/x";';
    git.commit('thief', { 'flake.nix': `{ ${inputs} outputs = _: { }; }` });
    const pod = aPod();
    pod.secret('access-tokens', 'example.org=topsecret');
    const { result } = await pod.fetch({ flakeUrl: git.url('thief') });
    expect(result).toMatchObject({ reason: 'NetworkUnreachable' });
    expect(pod.sources()).toEqual([]);
  });
});

describe('a stream script that cannot be read', () => {
  const built = async (packageName: string, nix: Changes['nix'] = {}) => {
    const pod = aPod();
    await pod.fetch({ flakeUrl: git.url('packages'), packageName });
    return { pod, ...(await pod.build({ nix })) };
  };

  test('is run as a builder; its archive is what is imported, and stays', async () => {
    const { pod, lines, result } = await built('script');
    expect(result).toMatchObject({
      ok: true,
      format: 'script',
      outPath: expect.stringMatching(/-stream-output\.tar$/),
    });
    if (!result.ok) return;
    expect(pod.read(result.outPath).slice(257, 262)).toBe('ustar');
    expect(lines).toContain('stream-output.tar> Creating layer 1');
    const roots = join(pod.store, 'nix/var/nix/gcroots/enbi');
    expect(readlinkSync(join(roots, 'root-1'))).toMatch(/-stream$/);
    expect(readlinkSync(join(roots, 'root-1.archive'))).toBe(result.outPath);
    expect((await pod.build()).result).toMatchObject({ ok: true, outPath: result.outPath, derivationsBuilt: 0 });
  });

  test('has no argument, no capability and no way to get one', async () => {
    const { lines } = await built('script-looking');
    const said = lines.filter((line) => line.startsWith('stream-output.tar> ')).join('\n');
    expect(said).toContain('arguments: 0');
    for (const set of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(said).toMatch(new RegExp(`${set}:.0+$`, 'm'));
  });

  test.each([
    ['fails', 'script-failing', {}, /exit code 3/, 'no such layer'],
    ['greets', 'script-greeting', {}, /wrote something else than an archive/, undefined],
    ['serves', 'script-serving', { maxSilentSeconds: 2 }, /printed nothing, for 2 seconds/, 'started'],
    ['has no end', 'script-serving', { timeoutSeconds: 3 }, /printed nothing, for 3 seconds/, 'started'],
  ])('and %s is no image', async (_, packageName, nix, message, logTail) => {
    const { result, exit } = await built(packageName, nix);
    expect(result).toMatchObject({
      ok: false,
      reason: 'NotAnImage',
      message: expect.stringMatching(message),
      retry: false,
    });
    expect(result).toMatchObject({ message: expect.stringContaining('run as a stream script') });
    if (logTail !== undefined) expect(result).toMatchObject({ logTail: expect.stringContaining(logTail) });
    expect(exit).toBe(10);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(forever);
  });
});

/** The flake of the end-to-end tests, and the same archive in other circumstances. */
function commitLayered(): void {
  const directory = join(import.meta.dirname, '../../test/e2e/flakes/layered');
  const files = Object.fromEntries(
    readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
  );
  const image = readFileSync(join(import.meta.dirname, '../../examples/hello/image.sh'), 'utf8');
  const more = `archive = archiveOf script { };
    hooked = archiveOf script { postHook = "echo"; };
    twice = archiveOf script { buildCommand = "\${script} | pigz > $out; \${script} | pigz > $out"; };
    unknown = archiveOf (run "stream-unknown" "printf '#!/bin/sh\\necho an image\\n' > $out; chmod 755 $out" { }) { };
    failing = archiveOf (run "stream-failing" "echo no such layer; exit 3" { }) { };
    large = derivation { name = "large.tar"; inherit system; builder = busybox; args = [ "sh" "-c" "wc -c < $textPath > $out" ]; PATH = "\${./bin}";
      passAsFile = [ "text" ]; text = builtins.concatStringsSep "" (builtins.genList (_: busybox) 700000); };
    path = ./bin;`;
  const flake = files['flake.nix']?.replace('archive = archiveOf script { };', more) ?? '';
  git.commit('layered', {
    ...files,
    'flake.nix': flake,
    'image.sh': image,
    version: '1.0.0',
    'bin/busybox': busybox,
    'bin/sh': busybox,
  });
}

describe('an archive that is only a stream script, compressed', () => {
  beforeAll(commitLayered);

  /** A store whose script can be run. */
  const aPodWithPython = async (packageName: string) => {
    const pod = aPod();
    const bin = join(pod.store, `nix/store/0123456789abcdfghijklmnpqrsvwxyz-python3-3.13.7/bin`);
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'python3.13'), '#!/bin/sh\necho an image\n', { mode: 0o755 });
    await pod.fetch({ flakeUrl: git.url('layered'), packageName });
    return pod;
  };
  const builtOf = (lines: readonly string[]) => lines.filter((line) => line.includes(' layered.tar.gz'));

  test('is not built: its script is kept, and the next build finds it', async () => {
    const pod = await aPodWithPython('archive');
    const { result, lines } = await pod.build();
    expect(result).toMatchObject({
      ok: true,
      format: 'script',
      archive: 'skipped',
      drvPath: expect.stringMatching(/-layered\.tar\.gz\.drv$/),
      outPath: expect.stringMatching(/-stream-layered$/),
    });
    if (!result.ok) return;
    expect(readlinkSync(join(pod.store, 'nix/var/nix/gcroots/enbi/root-1'))).toBe(result.outPath);
    expect(builtOf(lines)).toEqual([
      '[enbi] layered.tar.gz is not built: it is a stream script piped through pigz, and the script is read',
    ]);
    // Nor is what only the archive needs.
    const names = readdirSync(join(pod.store, 'nix/store'));
    expect(names.filter((name) => /-(?:pigz-2.8|bash-5.3|stdenv-linux)$/.test(name))).toEqual([]);
    const again = await pod.build();
    expect(again.result).toMatchObject({ outPath: result.outPath, archive: 'skipped', derivationsBuilt: 0 });
    // The same as where the package is the script.
    expect((await pod.build({ packageName: 'default' })).result).toMatchObject({
      outPath: result.outPath,
      format: 'script',
    });
  });

  test.each<[string, string, Changes, readonly unknown[]]>([
    ['where the order says so', 'archive', { realiseStreamScripts: false }, []],
    ['with a variable more', 'hooked', {}, [expect.stringMatching(/is built: the variable postHook /)]],
    ['with a command more', 'twice', {}, []],
  ])('is built as it is %s', async (_, packageName, order, said) => {
    const pod = await aPodWithPython(packageName);
    const { result, lines } = await pod.build(order);
    expect(lines.filter((line) => line.startsWith('[enbi] layered'))).toEqual(said);
    expect(result).toMatchObject({ ok: true, format: 'archive', outPath: expect.stringMatching(/-layered\.tar\.gz$/) });
    expect(result).not.toHaveProperty('archive');
    expect(result.ok && gunzipSync(readFileSync(join(pod.store, result.outPath))).toString()).toMatch(/^an image\n$/);
  });

  test('is built as it is, by what its author wrote, where the script cannot be read', async () => {
    const pod = await aPodWithPython('unknown');
    const { result, lines } = await pod.build();
    expect(result).toMatchObject({ ok: true, format: 'archive', outPath: expect.stringMatching(/-layered\.tar\.gz$/) });
    expect(lines.join('\n')).toMatch(
      /layered\.tar\.gz is built, since its stream script cannot be read: it is no script/,
    );
  });

  test('fails with the log of its script', async () => {
    const pod = await aPodWithPython('failing');
    expect((await pod.build()).result).toMatchObject({
      reason: 'BuilderFailed',
      derivation: expect.stringMatching(/-stream-failing\.drv$/),
      logTail: 'no such layer',
    });
  });

  test('is copied from a binary cache that has it and not its script, and taken where it is', async () => {
    const maker = await aPodWithPython('archive');
    const made = await maker.build({ realiseStreamScripts: false });
    if (!made.result.ok) throw new Error('the first build failed');
    push(made.result.outPath, maker.store);

    const pod = await aPodWithPython('archive');
    cpSync(join(maker.store, 'cache/binary'), join(pod.store, 'cache/binary'), { recursive: true });
    const nix = { substituters: ['file:///mnt/binary?trusted=1'] };
    const archive = { outPath: made.result.outPath, format: 'archive', derivationsBuilt: 0 };
    expect((await pod.build({ realiseStreamScripts: undefined, nix })).result).toMatchObject({
      ...archive,
      pathsCopied: 1,
    });
    expect((await pod.build({ nix: { substituters: [] } })).result).toMatchObject({ ...archive, pathsCopied: 0 });
  });

  test('a derivation that is larger than what is looked at is built', async () => {
    const pod = await aPodWithPython('large');
    const { result } = await pod.build();
    expect(result).toMatchObject({ ok: true, format: 'archive' });
    expect(result.ok && Number(pod.read(result.outPath))).toBeGreaterThan(32 * 1024 ** 2);
  });

  test('a path in its place is told to be one', async () => {
    const pod = await aPodWithPython('path');
    expect((await pod.build()).result).toMatchObject({
      reason: 'EvaluationFailed',
      message: expect.stringContaining('a path, not a package'),
    });
  });
});

describe('a private flake', () => {
  let server: Awaited<ReturnType<typeof servePrivately>>;
  beforeAll(async () => {
    server = await servePrivately(join(home, 'git'));
  });
  afterAll(() => server.close());

  test('is fetched by git with the netrc of the Secret, and built without it', async () => {
    const pod = aPod();
    pod.secret('netrc', `machine 127.0.0.1 login user password ${server.password}`);
    expect((await pod.fetch({ flakeUrl: `git+http://127.0.0.1:${server.port}/packages` })).result).toMatchObject({
      ok: true,
    });
    rmSync(join(pod.directory, 'secret/netrc'));
    expect((await pod.build()).result).toMatchObject({ ok: true });
    const { stdout } = spawnSync('grep', ['-rl', server.password, pod.store, join(pod.directory, 'handover')]);
    expect(stdout.toString()).toBe('');
  });

  test('is fetched as an archive with it', async () => {
    const pod = aPod();
    pod.secret('netrc', `machine 127.0.0.1 login user password ${server.password}`);
    const flakeUrl = `tarball+http://127.0.0.1:${server.port}/archive/packages.tar.gz`;
    const { result } = await pod.fetch({ flakeUrl, packageName: 'script' });
    expect(result).toMatchObject({ ok: true, lockedUrl: expect.stringContaining('?narHash=sha256-') });
    expect((await pod.build()).result).toMatchObject({ ok: true, format: 'script' });
  });

  test.each(['git+http', 'tarball+http'])('by %s is told what it needs', async (scheme) => {
    const path = scheme === 'git+http' ? 'packages' : 'archive/packages.tar.gz';
    const { result } = await aPod().fetch({ flakeUrl: `${scheme}://127.0.0.1:${server.port}/${path}` });
    expect(result).toMatchObject({
      reason: 'FetchFailed',
      retry: false,
      message: expect.stringContaining('nixbuild-secretName'),
    });
  });
});

describe('a host with an authority of its own', () => {
  let server: Awaited<ReturnType<typeof servePrivately>>;
  let authority: string;
  beforeAll(async () => {
    const own = makeAuthority(join(home, 'tls'));
    authority = own.certificate;
    server = await servePrivately(join(home, 'git'), own.server);
  });
  afterAll(() => server.close());
  const netrc = () => `machine 127.0.0.1 login user password ${server.password}`;

  describe.each([
    ['git+https', 'packages'],
    ['tarball+https', 'archive/packages.tar.gz'],
  ])('asked by %s', (scheme, path) => {
    const flakeUrl = () => `${scheme}://127.0.0.1:${server.port}/${path}`;

    test('is trusted by the ca.crt of the Secret', async () => {
      const pod = aPod();
      pod.secret('netrc', netrc());
      pod.secret('ca.crt', authority);
      const packageName = 'script';
      expect((await pod.fetch({ flakeUrl: flakeUrl(), packageName })).result).toMatchObject({ ok: true });
      expect((await pod.build()).result).toMatchObject({ ok: true });
    });

    test('is trusted by what the administrator has set', async () => {
      const pod = aPod();
      pod.secret('netrc', netrc());
      expect((await pod.fetch({ flakeUrl: flakeUrl(), nix: { authorities: authority } })).result).toMatchObject({
        ok: true,
      });
    });

    test('is trusted by nothing else', async () => {
      const pod = aPod();
      pod.secret('netrc', netrc());
      pod.secret('ca.crt', makeAuthority(join(home, `tls-${scheme}`)).certificate);
      expect((await pod.fetch({ flakeUrl: flakeUrl() })).result).toMatchObject({
        reason: 'FetchFailed',
        retry: false,
        message: expect.stringMatching(/not trusted.*ca\.crt.*--certificate-authorities/),
      });
    });
  });

  test.each([
    ['the administrator', true],
    ['the Secret', false],
  ])('is a binary cache where it is trusted by %s: %s', async (who, isCache) => {
    const pod = aPod();
    const url = `https://127.0.0.1:${server.port}/cache`;
    const ofAdministrator = who === 'the Secret' ? {} : { authorities: authority };
    if (who === 'the Secret') pod.secret('ca.crt', authority);
    const { output } = await pod.fetch({
      flakeUrl: git.url('packages'),
      nix: { substituters: [url], ...ofAdministrator },
    });
    expect(output.includes(`going on without the binary cache ${url}`)).toBe(!isCache);
  });
});

describe('what a builder leaves behind does not reach the next fetch and its credentials', () => {
  const canary = 'canary-of-the-test';
  let server: Awaited<ReturnType<typeof servePrivately>>;
  beforeAll(async () => {
    server = await servePrivately(join(home, 'git'));
    git.commit('victim', { 'flake.nix': packagesFlake, 'bin/busybox': busybox });
  });
  afterAll(() => server.close());

  const secretOf = (pod: ReturnType<typeof aPod>) => {
    pod.secret('netrc', `machine 127.0.0.1 login user password ${server.password}\n# ${canary}`);
    pod.secret('flake.nix', canary);
  };
  const withCanary = (...places: string[]) =>
    spawnSync('grep', ['-rlE', `${canary}|${server.password}`, ...places]).stdout.toString();

  test.each(['git+http', 'tarball+http'])('%s', async (scheme) => {
    const path = scheme === 'git+http' ? 'victim' : 'archive/victim.tar.gz';
    const flakeUrl = `${scheme}://127.0.0.1:${server.port}/${path}`;
    const victim = aPod();
    secretOf(victim);
    expect((await victim.fetch({ flakeUrl, fetchCache: 'ofsecret' })).result).toMatchObject({ ok: true });

    git.commit('hostile', { 'flake.nix': hostileFlake, 'bin/busybox': busybox });
    const attacker = aPod(victim);
    await attacker.fetch({ flakeUrl: git.url('hostile') });
    const attack = await attacker.build();
    // A program of its own runs the attack: everything it could reach was changed.
    expect(attack.output).toMatch(/hostile> changed [1-9][0-9]* sources/);

    git.commit('victim', { readme: String(Math.random()) });
    for (const sought of [flakeUrl, flakeUrl]) {
      const { result, output } = await victim.fetch({ flakeUrl: sought, fetchCache: 'ofsecret' });
      expect(result).toMatchObject({ ok: true });
      expect(output + JSON.stringify(result)).not.toContain(canary);
    }
    expect(existsSync(join(victim.store, 'nix/hook-ran'))).toBe(false);
    const poisoned = spawnSync('grep', ['-rl', '/nix/hook', join(victim.store, storeParts.fetchCache)]);
    expect(poisoned.stdout.toString()).toBe('');
    const readable = ['nix', storeParts.buildCache].map((part) => join(victim.store, part));
    expect(withCanary(...readable, join(victim.directory, 'handover'))).toBe('');
  });

  test.each(['path:/srv/secret', 'path:/tmp', 'file:///proc/self/environ'])(
    'and no builder that runs at the same time sees the input %s',
    async (url) => {
      const pod = aPod();
      secretOf(pod);
      await pod.fetch({ flakeUrl: git.url('packages') });
      const before = pathsEver(pod.store);
      git.commit('thief', { 'flake.nix': `{ inputs.s = { url = "${url}"; flake = false; }; outputs = _: { }; }` });
      expect((await pod.fetch({ flakeUrl: git.url('thief') })).result).toMatchObject({ ok: false });
      expect(pathsEver(pod.store)).toBe(before);
    },
  );

  test('nor that a flake without a Secret asks for what another Secret opened', async () => {
    const pod = aPod();
    secretOf(pod);
    await pod.fetch({ flakeUrl: `git+http://127.0.0.1:${server.port}/victim`, fetchCache: 'ofsecret' });
    const before = pathsEver(pod.store);
    git.commit('thief', {
      'flake.nix': '{ inputs.s = { url = "path:/mnt/ofsecret"; flake = false; }; outputs = _: { }; }',
    });
    const other = aPod(pod);
    expect((await other.fetch({ flakeUrl: git.url('thief') })).result).toMatchObject({ ok: false });
    expect(pathsEver(pod.store)).toBe(before);
  });

  test.each([
    ['flake.nix', '/srv/secret/flake.nix', ''],
    ['flake.lock', '/srv/secret/netrc', ''],
    ['sub', '/srv/secret', 'inputs.s.url = "path:./sub";'],
    ['sub', '/srv/secret', 'inputs.s = { url = "path:./sub"; flake = false; };'],
    ['sub', '../../../srv/secret', 'inputs.s.url = "path:./sub";'],
  ])('nor what a link in the flake leads to: %s to %s, %s', async (name, target, inputs) => {
    const repository = `linked-${++pods}`;
    git.commit(repository, { 'bin/busybox': busybox, 'flake.nix': `{ ${inputs} outputs = _: { }; }` });
    rmSync(join(home, 'git', repository, name), { force: true });
    symlinkSync(target, join(home, 'git', repository, name));
    git.commit(repository, {});
    const pod = aPod();
    secretOf(pod);
    const { result, output } = await pod.fetch({ flakeUrl: git.url(repository) });
    expect(output + JSON.stringify(result)).not.toMatch(canary);
    expect(withCanary(join(pod.store, 'nix'), join(pod.store, storeParts.fetchCache))).toBe('');
  });

  test.each(['the flake', 'an input of it'])(
    'nor a file of the Secret by its hash, as a large file of %s',
    async (of) => {
      const pod = aPod();
      secretOf(pod);
      pod.secret('password', canary);
      const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 18\n`;
      const outputs = 'outputs = _: { };';
      git.commit('large', { 'flake.nix': `{ ${outputs} }`, '.gitattributes': '*.bin filter=lfs\n', 'x.bin': pointer });
      const large = `git+http://127.0.0.1:${server.port}/large?lfs=1`;
      git.commit('of-large', { 'flake.nix': `{ inputs.x = { url = "${large}"; flake = false; }; ${outputs} }` });
      const flakeUrl = of === 'the flake' ? large : git.url('of-large');
      const { result, output } = await pod.fetch({ flakeUrl, fetchCache: 'ofsecret' });
      expect(result).toMatchObject({
        reason: 'FetchFailed',
        retry: false,
        message: expect.stringContaining('Git LFS'),
      });
      const hash = createHash('sha256').update(canary).digest('hex');
      expect(output + JSON.stringify(result)).not.toContain(hash);
    },
  );

  /** A repository that an earlier version left in the store: its configuration is obeyed, and a submodule names it. */
  const withRepositoryInStore = (pod: ReturnType<typeof aPod>, base: string) => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 18\n`;
    git.commit('large', {
      'flake.nix': '{ outputs = _: { }; }',
      '.gitattributes': '*.bin filter=lfs\n',
      'x.bin': pointer,
    });
    const path = `nix/store/${'0'.repeat(32)}-left`;
    cpSync(join(home, 'git/large'), join(pod.store, path), { recursive: true });
    writeFileSync(join(pod.store, path, 'run'), '#!/bin/sh\ncat /srv/secret/* > /nix/it-ran\n', { mode: 0o755 });
    for (const [key, value] of [
      ['remote.origin.url', 'left:large'],
      [`url.${base}.insteadOf`, 'left:'],
    ] as const)
      execFileSync('git', ['-C', join(pod.store, path), 'config', key, value]);
    execFileSync('chown', ['-R', '1000:1000', join(pod.store, path)]);
    const parent = `parent-${++pods}`;
    git.commit(parent, {
      '.gitmodules': `[submodule "s"]\n\tpath = s\n\turl = file:///${path}\n`,
      'flake.nix': '{ outputs = _: { }; }',
    });
    git.run(parent, 'update-index', '--add', '--cacheinfo', `160000,${git.rev('large')},s`);
    git.run(parent, 'commit', '--quiet', '--message', 'with a submodule');
    return `${git.url(parent)}?lfs=1&submodules=1`;
  };

  test('nor the hash of a file of the Secret, which a repository in the store leads to', async () => {
    const pod = aPod();
    secretOf(pod);
    pod.secret('password', canary);
    const flakeUrl = withRepositoryInStore(pod, `http://127.0.0.1:${server.port}/`);
    const { result, output } = await pod.fetch({ flakeUrl, fetchCache: 'ofsecret' });
    expect(result).toMatchObject({ reason: 'InvalidFlakeReference', retry: false });
    const hash = createHash('sha256').update(canary).digest('hex');
    expect(output + JSON.stringify(result)).not.toContain(hash);
  });

  test.each([
    `ssh://-oProxyCommand=%2fnix%2fstore%2f${'0'.repeat(32)}-left%2frun/`,
    `ssh://-oProxyCommand=%2fnix%2fstore%2f${'0'.repeat(32)}-left%2frun%20@127.0.0.1/`,
  ])('nor runs a program that a repository in the store names: %s', async (base) => {
    const pod = aPod();
    secretOf(pod);
    const { result, output } = await pod.fetch({ flakeUrl: withRepositoryInStore(pod, base), fetchCache: 'ofsecret' });
    expect(result).toMatchObject({ reason: 'InvalidFlakeReference', retry: false });
    // Nix itself would have come as far as that.
    expect(output).not.toContain('git-lfs-authenticate');
    expect(existsSync(join(pod.store, 'nix/it-ran'))).toBe(false);
  });

  test.each(['a submodule', 'an input', 'a submodule of an input'])(
    'nor takes in a repository that lies in the store, as %s',
    async (as) => {
      const pod = aPod();
      const left = withRepositoryInStore(pod, 'http://127.0.0.1:1/').replace('?lfs=1&', '?');
      const inStore = `git+file:///nix/store/${'0'.repeat(32)}-left`;
      const input = as === 'an input' ? inStore : left;
      git.commit('takes-in', { 'flake.nix': `{ inputs.x.url = "${input}"; outputs = _: { }; }` });
      const flakeUrl = as === 'a submodule' ? left : git.url('takes-in');
      const { result, output } = await pod.fetch({ flakeUrl });
      expect(result).toMatchObject({ reason: 'InvalidFlakeReference', retry: false });
      expect(output).toContain("transport 'file' not allowed");
    },
  );

  test('while a submodule beside a private flake is fetched by its relative place', async () => {
    git.commit('whole', {
      '.gitmodules': '[submodule "s"]\n\tpath = s\n\turl = ../victim\n',
      'flake.nix': packagesFlake,
    });
    git.run('whole', 'update-index', '--add', '--cacheinfo', `160000,${git.rev('victim')},s`);
    git.run('whole', 'commit', '--quiet', '--message', 'with a submodule');
    const pod = aPod();
    secretOf(pod);
    const flakeUrl = `git+http://127.0.0.1:${server.port}/whole?submodules=1`;
    const { result } = await pod.fetch({ flakeUrl, fetchCache: 'ofsecret' });
    expect(result).toMatchObject({ ok: true });
    const sources = pod.sources().map((name) => join(pod.store, 'nix/store', name, 's/flake.nix'));
    expect(sources.some((path) => existsSync(path))).toBe(true);
  });

  test('nor does a flake see a clone that another Secret opened', async () => {
    const pod = aPod();
    secretOf(pod);
    const flakeUrl = `git+http://127.0.0.1:${server.port}/victim`;
    const fetched = await pod.fetch({ flakeUrl, fetchCache: 'ofsecret' });
    const lockedUrl = fetched.result.ok ? fetched.result.lockedUrl : '';
    const other = aPod(pod);
    for (const url of [flakeUrl, lockedUrl])
      expect((await other.fetch({ flakeUrl: url, fetchCache: 'public' })).result).toMatchObject({
        reason: 'FetchFailed',
      });
    // Nor by a path: a submodule may name any clone of this machine.
    const [clone = ''] = readdirSync(join(pod.store, storeParts.fetchCache, 'ofsecret/nix/gitv3'));
    git.commit('borrower', {
      '.gitmodules': `[submodule "s"]\n\tpath = s\n\turl = file:///mnt/ofsecret/nix/gitv3/${clone}\n`,
      'flake.nix': packagesFlake,
    });
    const rev = lockedUrl.split('rev=')[1] ?? '';
    git.run('borrower', 'update-index', '--add', '--cacheinfo', `160000,${rev},s`);
    git.run('borrower', 'commit', '--quiet', '--message', 'borrow');
    const borrowed = await other.fetch({ flakeUrl: `${git.url('borrower')}?submodules=1`, fetchCache: 'public' });
    expect(borrowed.result).toMatchObject({ ok: false });
  });
});

/** How many paths were ever put into the store, whether they are still there or not. */
function whyNot(result: FetchResult | BuildResult): string {
  return result.ok ? '' : `${result.reason}: ${result.message}`;
}

function pathsEver(store: string): number {
  using database = new DatabaseSync(join(store, 'nix/var/nix/db/db.sqlite'), { readOnly: true });
  return Number(database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'ValidPaths'").get()?.['seq']);
}

/**
 * Its builder leaves hooks and configurations in every clone it can reach, and puts links to the Secret in the place of every
 * flake in the store: once as `flake.nix`, once as the whole directory.
 */
const hostileFlake = `{
  outputs = { self }: {
    packages.x86_64-linux.default = derivation {
      name = "hostile"; system = "x86_64-linux"; builder = "\${./bin}/busybox"; PATH = "\${./bin}";
      args = [ "sh" "-c" ''
        busybox printf '#!/bin/sh\\ntouch /nix/hook-ran\\ncat /srv/secret/* /tmp/*/.netrc > /nix/hook-ran\\n' > /nix/hook
        busybox chmod +x /nix/hook
        for clone in $(busybox find /mnt /nix -name HEAD 2>/dev/null); do
          at=$(busybox dirname $clone)
          busybox mkdir -p $at/hooks
          for hook in reference-transaction post-checkout post-merge pre-auto-gc; do busybox cp /nix/hook $at/hooks/$hook; done
          busybox printf '[core]\\n\\tfsmonitor = /nix/hook\\n[credential]\\n\\thelper = !/nix/hook\\n' >> $at/config
        done
        n=0
        for source in /nix/store/*-source; do
          case $PATH in $source*) continue;; esac
          busybox chmod -R u+w $source /nix/store
          busybox rm -rf $source
          if [ $n = 0 ]; then busybox ln -s /srv/secret $source; else busybox mkdir $source; busybox ln -s /srv/secret/netrc $source/flake.nix; fi
          n=$((n + 1))
        done
        echo changed $n sources
        echo > $out
      '' ];
    };
  };
}`;

describe('a fetch that cannot ask the host', () => {
  test.each(['', '?ref=main'])('does not take the branch of yesterday: %s', async (query) => {
    const pod = aPod();
    await pod.fetch({ flakeUrl: git.url('packages') + query });
    git.stop();
    try {
      const { result } = await pod.fetch({ flakeUrl: git.url('packages') + query });
      expect(result).toMatchObject({ reason: 'NetworkUnreachable', retry: true });
      const pinned = await pod.fetch({ flakeUrl: `${git.url('packages')}?rev=${git.rev('packages')}` });
      expect(pinned.result).toMatchObject({ ok: true });
    } finally {
      await git.start();
    }
  });

  test('does not take the archive of yesterday', async () => {
    const server = await servePrivately(join(home, 'git'));
    const pod = aPod();
    pod.secret('netrc', `machine 127.0.0.1 login user password ${server.password}`);
    const flakeUrl = `tarball+http://127.0.0.1:${server.port}/archive/packages.tar.gz`;
    const before = await pod.fetch({ flakeUrl });
    server.close();
    expect(before.result).toMatchObject({ ok: true });
    expect((await pod.fetch({ flakeUrl })).result).toMatchObject({ reason: 'NetworkUnreachable', retry: true });
  });
});

describe('build fails', () => {
  test.each([
    [
      'failing',
      {
        reason: 'BuilderFailed',
        retry: false,
        message: expect.stringContaining('exit code 3'),
        logTail: 'one\nthe reason',
        derivation: expect.stringContaining('-failing.drv'),
      },
    ],
    [
      'above-failing',
      { reason: 'BuilderFailed', logTail: 'one\nthe reason', derivation: expect.stringContaining('-failing.drv') },
    ],
    [
      'wrong-hash',
      {
        reason: 'HashMismatch',
        retry: false,
        message: expect.stringContaining('got:'),
        derivation: expect.stringContaining('-fixed.drv'),
      },
    ],
    ['thrown', { reason: 'EvaluationFailed', retry: false, message: 'the author says no' }],
    [
      'mistaken',
      {
        reason: 'EvaluationFailed',
        message: expect.stringMatching(/cannot add a string to an integer \(at flake.nix:\d+:\d+\)/),
      },
    ],
    ['text', { reason: 'EvaluationFailed', message: expect.stringContaining('not a package') }],
    [
      'defualt',
      {
        reason: 'AttributeNotFound',
        retry: false,
        message: expect.stringContaining('has no "defualt"; nearest: default'),
      },
    ],
    [
      'docker.wep',
      {
        reason: 'AttributeNotFound',
        message: expect.stringContaining('packages.x86_64-linux.docker has no "wep"; nearest: web'),
      },
    ],
    [
      'docker',
      { reason: 'AttributeNotFound', message: expect.stringContaining('is a set, not a package; there are: web') },
    ],
  ])('for the package %s', async (packageName, expected) => {
    const pod = aPod();
    await pod.fetch({ flakeUrl: git.url('packages'), packageName });
    const { result, exit } = await pod.build();
    expect(result).toMatchObject({ ok: false, ...expected });
    expect(exit).toBe(10);
  });

  test.each<[string, string, string[], string?]>([
    ['those that were made as images', '', ['"site.static"', 'web']],
    ['those that are called so, where evaluation has no end', 'endless = let f = n: f (n + 1); in f 0;', ['web-image']],
    [
      'those that are called so, where one had to be built first',
      'ifd = import self.packages.${system}.web;',
      ['web-image'],
    ],
    [
      'archives and what is called so, where nothing says that it is an image',
      '',
      ['"site.static"', 'web', 'web-image'],
      '',
    ],
  ])('beside a program: %s', async (name, trouble, imagesBeside, made?: string) => {
    const flake = `beside-${name.length}-${trouble.length}`;
    git.commit(flake, { 'flake.nix': besideFlake(trouble, made), 'bin/busybox': busybox });
    const pod = aPod();
    await pod.fetch({ flakeUrl: git.url(flake) });
    expect((await pod.build()).result).toMatchObject({ ok: true, format: 'directory', imagesBeside });
  });

  describe('when a download inside a derivation fails, for another try:', () => {
    /** Answers as the path says, or not at all. */
    const server = createHttpServer((request, response) => {
      const status = /^\/(\d+)/.exec(request.url ?? '')?.[1];
      if (status === undefined) request.socket.resetAndDestroy();
      else response.writeHead(Number(status)).end('<p>sorry</p>\n'.repeat(200));
    });
    /** Takes the connection and says nothing, so that no TLS comes about. */
    const silent = createServer(() => undefined);
    let addresses: { readonly server: string; readonly silent: string; readonly refused: string };

    beforeAll(async () => {
      server.listen(0, '127.0.0.1');
      silent.listen(0, '127.0.0.1');
      const refused = `http://127.0.0.1:${await freePort()}`;
      addresses = { server: await addressOf(server), silent: await addressOf(silent), refused };
    });
    afterAll(() => {
      server.close();
      server.closeAllConnections();
      silent.close();
    });

    const downloadOf = async (url: string) => {
      git.commit('downloads', { 'flake.nix': downloadFlake(url), 'bin/busybox': busybox });
      const pod = aPod();
      await pod.fetch({ flakeUrl: git.url('downloads') });
      return await pod.build();
    };
    const passes = { ok: false, reason: 'NetworkUnreachable', retry: true };

    test.each<[string, () => string, string]>([
      ['503', () => `${addresses.server}/503/x`, 'HTTP error 503'],
      ['refused', () => `${addresses.refused}/x`, 'Failed to connect'],
      ['reset', () => `${addresses.server}/reset`, ''],
      ['no such host', () => 'http://no-such-host.invalid/x', 'Could not resolve host'],
      ['no TLS in time', () => `${addresses.silent.replace('http:', 'https:')}/x`, 'tim'],
    ])('%s', async (_, url, words) => {
      const { result, exit } = await downloadOf(url());
      expect(result).toMatchObject({
        ...passes,
        message: expect.stringMatching(`^downloaded could not be downloaded: .*${words}`),
        derivation: expect.stringContaining('-downloaded.drv'),
      });
      expect(exit).toBe(11);
    });

    test('but not when what it asks for is not there', async () => {
      const { result, exit } = await downloadOf(`${addresses.server}/404/x`);
      expect(result).toMatchObject({ reason: 'BuilderFailed', retry: false, logTail: expect.stringContaining('404') });
      expect(exit).toBe(10);
    });

    test('nor when a builder that may not download says the same', async () => {
      git.commit('downloads', { 'flake.nix': sayingFlake, 'bin/busybox': busybox });
      const pod = aPod();
      await pod.fetch({ flakeUrl: git.url('downloads') });
      expect((await pod.build()).result).toMatchObject({ reason: 'BuilderFailed', retry: false });
      await pod.fetch({ flakeUrl: git.url('downloads'), packageName: 'fixed' });
      expect((await pod.build()).result).toMatchObject({ ...passes, message: expect.stringContaining('curl: (7)') });
    });
  });

  test.each([
    ['a repository', (at: string) => `fetchGit { url = "${at}/victim"; rev = "${git.rev('victim')}"; }`],
    ['an archive', (at: string) => `fetchTarball { url = "${at}/archive/victim.tar.gz"; sha256 = "${noHash}"; }`],
    ['what is not locked', (at: string) => `fetchGit "${at}/victim"`],
  ])('when evaluation itself fetches %s, which should be an input', async (_, fetches) => {
    git.commit('victim', { readme: 'private' });
    const server = await servePrivately(join(home, 'git'));
    const text = `builtins.${fetches(`http://127.0.0.1:${server.port}`)}`;
    git.commit('own-fetch', { 'flake.nix': `{ outputs = _: { packages.x86_64-linux.default = ${text}; }; }` });
    const pod = aPod();
    pod.secret('netrc', `machine 127.0.0.1 login user password ${server.password}`);
    expect((await pod.fetch({ flakeUrl: git.url('own-fetch') })).result).toMatchObject({ ok: true });
    const { result } = await pod.build();
    server.close();
    expect(result).toMatchObject({ ok: false, retry: false, message: expect.stringContaining('make it an input') });
    expect(JSON.stringify(result)).not.toContain('secretName');
  });

  test('for a system the flake knows nothing of, naming those it does', async () => {
    const pod = aPod();
    await pod.fetch({ flakeUrl: git.url('packages'), system: 'riscv64-linux' });
    const { result } = await pod.build();
    expect(result).toMatchObject({
      reason: 'AttributeNotFound',
      message: expect.stringMatching(/packages has no "riscv64-linux".*x86_64-linux/),
    });
  });

  test('when a derivation takes too long', async () => {
    const pod = aPod();
    await pod.fetch({ flakeUrl: git.url('packages'), packageName: 'slow' });
    const { result, exit } = await pod.build({ nix: { timeoutSeconds: 2 } });
    expect(result).toMatchObject({
      reason: 'BuildTimedOut',
      retry: false,
      derivation: expect.stringContaining('-slow.drv'),
      logTail: 'started',
    });
    expect(exit).toBe(10);
  });

  test('when a derivation is silent for too long', async () => {
    const pod = aPod();
    await pod.fetch({ flakeUrl: git.url('packages'), packageName: 'slow' });
    const { result } = await pod.build({ nix: { maxSilentSeconds: 2 } });
    expect(result).toMatchObject({ reason: 'BuildTimedOut', retry: false });
  });

  test('when the evaluation does not end', async () => {
    const pod = aPod();
    git.commit('endless', {
      'flake.nix':
        "{ outputs = _: { packages.x86_64-linux.default = builtins.foldl' (a: b: builtins.foldl' (c: d: c + d) 0 (builtins.genList (x: x) 100000)) 0 (builtins.genList (x: x) 100000000); }; }",
    });
    await pod.fetch({ flakeUrl: git.url('endless') });
    const { result } = await pod.build({ nix: { timeoutSeconds: 3 } });
    expect(result).toMatchObject({
      reason: 'BuildTimedOut',
      retry: false,
      message: expect.stringContaining('evaluating'),
    });
  });

  test('when the disk is full', async () => {
    const pod = aPod();
    await pod.fetch({ flakeUrl: git.url('packages'), packageName: 'full' });
    const { result, exit } = await pod.build({}, { nixSize: '40M' });
    expect(result).toMatchObject({ reason: 'DiskFull', retry: true });
    expect(exit).toBe(11);
  });

  test('when the Pod is stopped, for another try', async () => {
    const pod = aPod();
    await pod.fetch({ flakeUrl: git.url('packages'), packageName: 'slow' });
    const { result, exit } = await pod.build({}, { stopAfterLine: 'slow> started' });
    expect(result).toMatchObject({ ok: false, reason: 'PodLost', retry: true });
    expect(exit).toBe(11);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(forever);
  });

  test('and a builder cannot write a line of ours, nor a control character', async () => {
    const pod = aPod();
    await pod.fetch({ flakeUrl: git.url('packages'), packageName: 'hostile' });
    const { output, lines, result } = await pod.build();
    expect(lines).toContain('hostile> [enbi] progress: 9/9 built');
    expect(lines).toContain('nix> [enbi] progress: 8/8 built');
    expect(lines.filter((line) => line.startsWith(progressPrefix)).join()).not.toMatch(/[89]\/[89]/);
    expect(output).not.toMatch(/[^\P{Cc}\n]/u);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(1100);
    expect(result).toMatchObject({ reason: 'BuilderFailed', message: expect.not.stringContaining('fake') });
    expect(BuildResult.safeParse(result).success).toBe(true);
  });
});

interface Ran<T> {
  readonly exit: number | null;
  readonly output: string;
  readonly lines: readonly string[];
  readonly result: T;
}

type Changes = Partial<Omit<BuildOrder, 'nix'>> & { readonly nix?: Partial<BuildOrder['nix']> };

interface Circumstances {
  readonly stopAfterLine?: string;
  readonly nixSize?: string;
}

let pods = 0;

/** A Pod, with an empty store unless it is given another one's; what `fetch` was ordered, `build` is ordered too. */
function aPod(given: { readonly store?: string } = {}) {
  const directory = join(home, `pod-${++pods}`);
  const { store = join(directory, 'store') } = given;
  for (const path of ['handover', 'secret']) mkdirSync(join(directory, path), { recursive: true });
  for (const path of ['nix/store', 'nix/var/nix/gcroots/enbi', 'cache', 'fetch-cache'])
    mkdirSync(join(store, path), { recursive: true });
  copyFileSync(join(home, 'enbi.mjs'), join(directory, 'enbi.mjs'));
  execFileSync('chown', ['-R', '1000:1000', directory]);
  chmodSync(home, 0o755);
  let ordered: Changes = {};
  const run = async (program: 'fetch' | 'build', order: Changes, circumstances: Circumstances = {}) => {
    ordered = { ...ordered, ...order };
    writeFileSync(join(directory, 'order.json'), JSON.stringify(anOrder(ordered)));
    rmSync(join(directory, 'termination-log'), { force: true });
    return await runInPod(program, { directory, store }, circumstances);
  };
  return {
    directory,
    store,
    fetch: (order: Changes) => run('fetch', order).then((ran) => ({ ...ran, result: FetchResult.parse(ran.result) })),
    build: (order: Changes = {}, circumstances: Circumstances = {}) =>
      run('build', order, circumstances).then((ran) => ({ ...ran, result: BuildResult.parse(ran.result) })),
    read: (storePath: string) => readFileSync(join(store, storePath), 'utf8'),
    sources: () => readdirSync(join(store, 'nix/store')).filter((name) => name.endsWith('-source')),
    secret: (key: string, value: string) => writeFileSync(join(directory, 'secret', key), value),
  };
}

/** What a store has of a path, and of all that it needs, into a binary cache beside it, as Nix in its container sees them. */
function push(path: string, store: string): void {
  const binds = { '/nix': join(store, 'nix'), '/mnt': join(store, 'cache') };
  const copy = ['copy', '--extra-experimental-features', 'nix-command', '--to', 'file:///mnt/binary', path];
  const [command, ...args] = enterRootfs({ rootfs, binds }, ['/usr/bin/nix', ...copy]);
  execFileSync(command, args, { stdio: 'pipe' });
}

function anOrder({ nix, ...order }: Changes): BuildOrder {
  return {
    id: 'uid-1',
    flakeUrl: git.url('packages'),
    packageName: 'default',
    system: 'x86_64-linux',
    isolation: 'Unprivileged',
    root: 'root-1',
    fetchCache: 'public',
    ...order,
    nix: {
      substituters: [],
      trustedPublicKeys: [],
      extraPlatforms: [],
      timeoutSeconds: 60,
      maxSilentSeconds: 60,
      maxJobs: 2,
      cores: 0,
      ...nix,
    },
  };
}

async function runInPod(
  program: string,
  { directory, store }: { directory: string; store: string },
  { stopAfterLine, nixSize }: Circumstances,
): Promise<Ran<unknown>> {
  const cache = join(store, program === 'fetch' ? storeParts.fetchCache : storeParts.buildCache);
  const binds = { '/nix': join(store, 'nix'), '/srv': directory, '/mnt': cache };
  if (nixSize !== undefined) shrink(join(store, 'nix'), nixSize);
  const [command, ...args] = enterRootfs({ rootfs, binds }, ['/usr/bin/node', '/srv/enbi.mjs', program]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  let stopped = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (stopAfterLine !== undefined && !stopped && output.includes(stopAfterLine)) {
      stopped = true;
      stopNode(child);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const exit = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (nixSize !== undefined) execFileSync('umount', [join(store, 'nix')]);
  const log = join(directory, 'termination-log');
  if (!existsSync(log)) throw new Error(`no termination message; ${output}${errors}`);
  expect(readFileSync(log).length).toBeLessThanOrEqual(4096);
  expect(errors).toBe('');
  return { exit, output, lines: output.split('\n'), result: JSON.parse(readFileSync(log, 'utf8')) };
}

/** The store with what it holds, on a small disk. */
function shrink(nix: string, size: string): void {
  cpSync(nix, `${nix}.large`, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmp', nix]);
  execFileSync('cp', ['-a', `${nix}.large/.`, nix]);
  execFileSync('chown', ['-R', '1000:1000', nix]);
}

/** As the kubelet: a SIGTERM to the container's program, which runs somewhere below. */
function stopNode(entered: ChildProcess): void {
  let pid = String(entered.pid);
  for (;;) {
    const [child = '', program] = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', pid], { encoding: 'utf8' })
      .trim()
      .split(/\s+/);
    pid = child;
    if (program === '/usr/bin/node') break;
  }
  process.kill(Number(pid), 'SIGTERM');
}

async function bundlePrograms(outfile: string): Promise<void> {
  const places =
    "{ order: '/srv/order.json', handover: '/srv/handover', fetchCache: '/mnt', buildCache: '/mnt', secret: '/srv/secret', nix: '/nix', temporary: '/tmp', terminationLog: '/srv/termination-log', print: (line) => process.stdout.write(line + '\\n') }";
  const contents = `
    import { runFetch } from './src/main/fetch.ts';
    import { runBuild } from './src/main/build.ts';
    process.exitCode = await { fetch: runFetch, build: runBuild }[process.argv[2]](${places});`;
  await bundle({
    stdin: { contents, resolveDir: join(import.meta.dirname, '../..'), loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'warning',
  });
}

/** Repositories and archives of them over HTTP, for those who know the password. */
async function servePrivately(directory: string, tls?: { readonly key: Buffer; readonly cert: Buffer }) {
  const password = 'topsecret-of-the-test';
  const expected = `Basic ${Buffer.from(`user:${password}`).toString('base64')}`;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/cache/nix-cache-info') {
      response.end('StoreDir: /nix/store\nWantMassQuery: 1\n');
      return;
    }
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' }).end();
      return;
    }
    const [path = '', query = ''] = (request.url ?? '').split('?');
    if (path.endsWith('/info/lfs/objects/batch')) {
      answerLargeFiles(request, response);
      return;
    }
    const archive = /^\/archive\/(\w+)\.tar\.gz$/.exec(path)?.[1];
    if (archive !== undefined) {
      response.end(
        execFileSync('git', ['-C', join(directory, archive), 'archive', '--format=tar.gz', '--prefix=x/', 'HEAD']),
      );
      return;
    }
    runHttpBackend(request, response, { directory, path, query });
  };
  const server = tls === undefined ? createHttpServer(answer) : createHttpsServer(tls, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { password, port: portOf(server), close: () => server.close() };
}

/** Archives of repositories, as Gitea and Forgejo give them, saying where this version stays. */
async function serveArchives(directory: string) {
  const server = createHttpServer((request, response) => {
    const [, name = '', ref = ''] = /\/team\/(\w+)\/archive\/(\w+)\.tar\.gz/.exec(request.url ?? '') ?? [];
    const at = join(directory, name);
    const rev = execFileSync('git', ['-C', at, 'rev-parse', ref], { encoding: 'utf8' }).trim();
    const stays = `http://127.0.0.1:${portOf(server)}/api/v1/repos/team/${name}/archive/${rev}.tar.gz?rev=${rev}`;
    response.setHeader('link', `<${stays}>; rel="immutable"`);
    response.end(execFileSync('git', ['-C', at, 'archive', '--format=tar.gz', `--prefix=${name}/`, rev]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${portOf(server)}`, close: () => server.close() };
}

/** An authority that nobody knows, and a server on this machine that it vouches for. */
function makeAuthority(directory: string) {
  mkdirSync(directory, { recursive: true });
  const [ca, server] = [join(directory, 'ca'), join(directory, 'server')];
  const make = (name: string, ...more: string[]) => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`];
    const names = ['-subj', `/CN=${basename(name)}`, '-out', `${name}.crt`];
    execFileSync('openssl', ['req', '-x509', '-days', '2', ...key, ...names, ...more], { stdio: 'pipe' });
  };
  make(ca);
  const by = ['-CA', `${ca}.crt`, '-CAkey', `${ca}.key`];
  make(server, ...by, '-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=CA:FALSE');
  const pair = { key: readFileSync(`${server}.key`), cert: readFileSync(`${server}.crt`) };
  return { certificate: readFileSync(`${ca}.crt`, 'utf8'), server: pair };
}

/** A server of Git LFS for whom every file is one of the Pod that asks. */
function answerLargeFiles(request: IncomingMessage, response: ServerResponse): void {
  request.resume().on('end', () => {
    const download = { href: 'file:///srv/secret/password' };
    const objects = [{ oid: 'a'.repeat(64), size: 18, actions: { download } }];
    response.writeHead(200, { 'content-type': 'application/vnd.git-lfs+json' }).end(JSON.stringify({ objects }));
  });
}

function runHttpBackend(
  request: IncomingMessage,
  response: ServerResponse,
  at: { directory: string; path: string; query: string },
) {
  const env = {
    PATH: process.env['PATH'],
    GIT_PROJECT_ROOT: at.directory,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: at.path,
    QUERY_STRING: at.query,
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    HTTP_GIT_PROTOCOL: request.headers['git-protocol']?.toString() ?? '',
    REMOTE_USER: 'user',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
  };
  const child = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.once('close', () => {
    const output = Buffer.concat(chunks);
    const end = output.indexOf('\r\n\r\n');
    for (const line of output.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(': ');
      if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.end(output.subarray(end + 4));
  });
}

async function addressOf(server: Server): Promise<string> {
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${portOf(server)}`;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function useOf(url: string): string {
  return `{ inputs.packages.url = "${url}"; outputs = { self, packages }: { inherit (packages) packages; }; }`;
}

/** A flake whose image is the text of its input. */
function textOf(url: string): string {
  return `{
    inputs.input.url = "${url}";
    outputs = { self, input }: {
      packages.x86_64-linux.default = derivation { name = "text"; system = "x86_64-linux"; builder = "\${./bin}/busybox"; args = [ "sh" "-c" "echo \${input.text} > $out" ]; };
    };
  }`;
}
