import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeNixDirectory, offlineNixConfig } from '../test/support/nix.ts';
import { architectures, hostArchitecture } from './architecture.ts';
import { type BuiltImage, buildImage } from './build.ts';
import { bundleInParts, bundlePath } from './bundle.ts';
import { type Entry, enterRootfs } from './enter.ts';
import { recordedPackages } from './package-records.ts';
import { ensureRootfs } from './rootfs.ts';

const run = promisify(execFile);
const scratch = mkdtempSync(join(tmpdir(), 'enbi-image-test-'));
const lines: string[] = [];
let image: BuiltImage;
let rootfs: string;

function report(line: string): void {
  lines.push(line);
  process.stderr.write(`${line}\n`);
}

beforeAll(async () => {
  rootfs = await ensureRootfs(hostArchitecture(), report);
  image = await buildImage({ architectures, archive: join(scratch, 'enbi.tar'), report });
  await run('tar', ['-xf', image.archive, '-C', scratch]);
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** Output and errors of a command inside the rootfs. */
function inside(command: readonly string[], entry: Partial<Entry> = {}): string {
  const [program, ...args] = enterRootfs({ rootfs, ...entry }, command);
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return stdout + stderr;
}

describe('archive', () => {
  it('holds every blob under its digest', () => {
    const blobs = globSync('blobs/sha256/*', { cwd: scratch });
    expect(blobs).toHaveLength(8); // an index, two manifests, two configurations, two Debian layers, one layer of enbi's own
    for (const blob of blobs) {
      const digest = createHash('sha256')
        .update(readFileSync(join(scratch, blob)))
        .digest('hex');
      expect(blob).toBe(`blobs/sha256/${digest}`);
    }
  });

  it('is named for containerd, and leads to an image for each architecture', () => {
    const { manifests } = JSON.parse(readFileSync(join(scratch, 'index.json'), 'utf8'));
    expect(manifests).toMatchObject([
      { digest: image.digest, annotations: { 'io.containerd.image.name': image.name } },
    ]);
    const index = JSON.parse(readFileSync(join(scratch, 'blobs/sha256', image.digest.slice(7)), 'utf8'));
    expect(index.manifests.map((entry: { platform: unknown }) => entry.platform)).toEqual(
      architectures.map((architecture) => ({ architecture, os: 'linux' })),
    );
  });

  it('stays small', () => {
    const sizes = lines.flatMap((line) => /: ([\d.]+) MB unpacked, ([\d.]+) MB compressed/.exec(line)?.slice(1) ?? []);
    expect(sizes).toHaveLength(4);
    for (const [index, limit] of [250, 90, 250, 90].entries()) expect(Number(sizes[index])).toBeLessThan(limit);
  });
});

describe('the layer of enbi', () => {
  it('has the program, and the script that builders wait by, for anybody to run', () => {
    const layers = globSync('blobs/sha256/*', { cwd: scratch }).map((blob) => {
      const listing = spawnSync('tar', ['-tvzf', join(scratch, blob)], { encoding: 'utf8' });
      return listing.status === 0 ? listing.stdout : '';
    });
    const own = layers.find((layer) => layer.includes(bundlePath));
    expect(own).toMatch(/^-rwxr-xr-x .* (\.\/)?opt\/enbi\/builder$/m);
    expect(own).toMatch(/^-rw-r--r-- .* (\.\/)?opt\/enbi\/enbi\.mjs$/m);
  });
});

describe('reproducibility', () => {
  it('gives the same digest again', async () => {
    const again = await buildImage({ architectures, archive: join(scratch, 'again.tar'), report });
    expect(again.digest).toBe(image.digest);
    expect(readFileSync(again.archive).equals(readFileSync(image.archive))).toBe(true);
  });

  it('gives the same digest from scratch, under another umask', async () => {
    const archive = join(scratch, 'one.tar');
    const one = await buildImage({ archive, report });
    const main = join(import.meta.dirname, 'main.ts');
    const { stdout } = await run('sh', ['-c', 'umask 077; exec "$@"', 'sh', process.execPath, main, '--out', archive], {
      env: { ...process.env, XDG_CACHE_HOME: join(scratch, 'cache') },
    });
    expect(stdout).toContain(one.digest);
  });
});

describe('rootfs', () => {
  it.each([
    ['nix --version', 'nix (Nix) 2.'],
    ['node --version', 'v24.'],
    ['git --version', 'git version'],
    ['ssh -V', 'OpenSSH'],
    ['unshare --version', 'util-linux'],
    ['setpriv --version', 'util-linux'],
    ['flock --version', 'util-linux'],
    ['id', 'uid=1000(enbi) gid=1000(enbi)'],
    ['ls /nix', ''],
    ['touch /x', 'Read-only file system'],
    ['git ls-remote https://127.0.0.1:1/x', 'Failed to connect'],
    ['git http-backend', 'Status: 500'],
    ['git daemon --no-such-option', 'usage: git daemon'],
    ['nslookup -timeout=1 localhost 127.0.0.1', '127.0.0.1'],
  ])('runs %s', (command, expected) => {
    expect(inside(command.split(' '))).toContain(expected);
  });

  it('has the copyright file of every package that it has files of, and the licences they refer to', () => {
    const names = recordedPackages(rootfs).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) {
      const text = readFileSync(join(rootfs, 'usr/share/doc', name, 'copyright'), 'utf8');
      expect(text, name).toMatch(/copyright|public domain/i);
      for (const [path] of text.matchAll(/\/usr\/share\/common-licenses\/[A-Z][\w-]*(?:\.\d+)?/g))
        expect(existsSync(join(rootfs, path)), `${name}: ${path}`).toBe(true);
    }
  });

  it('has nothing that changes its user', () => {
    const privileged = spawnSync('find', [rootfs, '-perm', '/6000'], { encoding: 'utf8' });
    expect(privileged.stdout).toBe('');
  });

  it('builds with Nix as an unprivileged user, from a flake, offline', () => {
    const store = makeNixDirectory(join(scratch, 'nix'));
    const flake = join(scratch, 'flake');
    mkdirSync(flake, { recursive: true });
    writeFileSync(join(flake, 'flake.nix'), trivialFlake);
    const output = inside(['nix', 'build', '--no-link', '--print-out-paths', 'path:/mnt'], {
      binds: { '/nix': store, '/mnt': flake },
      env: { NIX_CONFIG: offlineNixConfig },
    });
    const [, outPath] = /^\/nix(\/store\/\S+-greeting)$/m.exec(output) ?? [];
    expect(outPath, output).toBeDefined();
    expect(readFileSync(store + outPath, 'utf8')).toBe('hello from /bin/sh\n');
  });

  it('speaks TLS with a certificate that SSL_CERT_FILE names', async () => {
    const directory = certificate();
    const options = { key: readFileSync(join(directory, 'key.pem')), cert: readFileSync(join(directory, 'cert.pem')) };
    const server = createServer(options, (_request, response) => response.end('secret'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const get = `fetch('https://localhost:${port}').then((r) => r.text()).then(console.log, (e) => console.log(e.cause.code))`;
    const env = { NODE_OPTIONS: '--use-openssl-ca' };
    const trusting = await fetchInside(get, directory, { ...env, SSL_CERT_FILE: '/mnt/cert.pem' });
    const doubting = await fetchInside(get, directory, env);
    server.close();
    expect([trusting, doubting]).toEqual(['secret\n', 'DEPTH_ZERO_SELF_SIGNED_CERT\n']);
  });

  it('runs enbi', async () => {
    const directory = join(scratch, 'bundle');
    await bundleInParts('src/main/main.ts', directory);
    const output = inside(['node', '/mnt/enbi.mjs', '--help'], { binds: { '/mnt': directory } });
    expect(output).toContain('Usage: enbi');
    // A Job's process, which loads parts of its own.
    expect(inside(['node', '/mnt/enbi.mjs', 'fetch'], { binds: { '/mnt': directory } })).toContain('fetch begins');
  });
});

describe('foreign rootfs', () => {
  it('runs under emulation', async () => {
    const foreign = await ensureRootfs('arm64', report);
    const programs = ['node', 'git', 'nix', 'setpriv'].map((name) => join('usr/bin', name));
    for (const program of [...programs, 'usr/lib/git-core/git-daemon']) {
      const args = ['-L', foreign, join(foreign, program), '--version'];
      const { stdout, stderr } = spawnSync('qemu-aarch64-static', args, { encoding: 'utf8' });
      expect(stdout + stderr, program).toMatch(/\d+\.\d+|usage/);
    }
    expect(statSync(join(foreign, 'usr/bin/busybox')).size).toBeGreaterThan(1e6);
  });
});

const trivialFlake = `{
  outputs = _: {
    packages = builtins.mapAttrs (system: _: {
      default = derivation {
        name = "greeting";
        inherit system;
        builder = "/bin/sh";
        args = [ "-c" "echo hello from /bin/sh > $out" ];
      };
    }) { x86_64-linux = {}; aarch64-linux = {}; };
  };
}`;

function certificate(): string {
  const directory = join(scratch, 'certificate');
  mkdirSync(directory);
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', join(directory, 'key.pem'), '-out', join(directory, 'cert.pem')];
  spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files]);
  return directory;
}

/** Asynchronous, because the server that is asked runs in this very process. */
async function fetchInside(script: string, certificates: string, env: Record<string, string>): Promise<string> {
  const [program, ...args] = enterRootfs({ rootfs, binds: { '/mnt': certificates }, env }, ['node', '-e', script]);
  return (await run(program, args)).stdout;
}
