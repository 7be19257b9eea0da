import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { up } from '../cluster/cluster.ts';
import { ensureComponents, ensureHelm } from '../cluster/components.ts';
import { architectures, hostArchitecture } from '../image/architecture.ts';
import { recordedPackages, recordsDirectory } from '../image/package-records.ts';
import { fileNames } from '../tools/release/file-names.ts';
import { makeRelease } from '../tools/release/make-release.ts';
import { startContainerd } from './support/containerd.ts';
import { checkout } from './support/source-files.ts';

const run = promisify(execFile);
const { version } = z.object({ version: z.string() }).parse(readJson(join(checkout, 'package.json')));
const names = fileNames(version);
const imageName = `enbi.hrzn.ee/enbi:${version}`;
const scratch = mkdtempSync(join(tmpdir(), 'enbi-release-'));
const directory = join(scratch, 'release');
const report = (line: string) => void process.stdout.write(`${line}\n`);

beforeAll(async () => {
  await makeRelease({ directory, architectures, url: 'https://releases.example/v1', report });
});
afterAll(() => rmSync(scratch, { recursive: true }));

const file = (name: string) => join(directory, name);
const readText = (name: string) => readFileSync(file(name), 'utf8');

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

describe('a release', () => {
  it('has all its files, and a checksum of each', async () => {
    const all = [
      ...architectures.map((architecture) => names.image(architecture)),
      names.manifest,
      names.chart,
      names.plugin,
      names.completion,
      names.pluginArchive,
      names.licenses,
      names.krew,
      names.sbom,
    ].toSorted();
    expect(readdirSync(directory).toSorted()).toEqual([...all, names.checksums].toSorted());
    const { stdout } = await run('sha256sum', ['--check', names.checksums], { cwd: directory });
    expect(stdout).toBe(all.map((name) => `${name}: OK\n`).join(''));
  });

  it('is the same again, byte for byte, under another umask and in another place', async () => {
    const again = join(scratch, 'again');
    const main = join(checkout, 'tools/release/main.ts');
    const args = ['-c', 'umask 077; exec "$@"', 'sh', process.execPath, main, '--output', again];
    await run('sh', [...args, '--url', 'https://releases.example/v1']);
    expect(readFileSync(join(again, names.checksums), 'utf8')).toBe(readText(names.checksums));
  });

  it('has no checksums, which say that it is complete, while it is made', async () => {
    const half = join(scratch, 'half');
    mkdirSync(join(half, names.manifest), { recursive: true }); // a directory where a file is to be written
    copyFileSync(file(names.checksums), join(half, names.checksums));
    await expect(makeRelease({ directory: half, architectures: [], report })).rejects.toThrow('EISDIR');
    expect(existsSync(join(half, names.checksums))).toBe(false);
  });
});

describe('its images', () => {
  const Index = z.object({
    manifests: z.array(z.object({ annotations: z.record(z.string(), z.string()), platform: z.unknown() })),
  });

  it.each(architectures)('are named as install.yaml names them: %s', async (architecture) => {
    const { stdout } = await run('tar', [
      '--extract',
      '--to-stdout',
      '--file',
      file(names.image(architecture)),
      'index.json',
    ]);
    const [manifest, ...others] = Index.parse(JSON.parse(stdout)).manifests;
    expect(others).toEqual([]);
    expect(manifest?.annotations['io.containerd.image.name']).toBe(imageName);
    expect(manifest?.platform).toEqual({ architecture, os: 'linux' });
    const named = [...readText(names.manifest).matchAll(/enbi\.hrzn\.ee\/enbi:\S+/g)].map(([name]) => name);
    expect(new Set(named)).toEqual(new Set([imageName]));
  });

  it.each([
    ['k3s, through its folder of images', ['--local', '--all-platforms']],
    ['kind load image-archive', ['--all-platforms', '--digests', '--snapshotter=overlayfs']],
    ['ctr, as it is', []],
  ])('are there under that name after an import by %s', async (_, flags) => {
    const { bin } = await ensureComponents(report);
    await using containerd = await startContainerd(bin);
    await containerd.ctr('images', 'import', ...flags, file(names.image(hostArchitecture())));
    expect((await containerd.ctr('images', 'list', '--quiet')).split('\n')).toContain(imageName);
  });
});

describe('what people install besides', () => {
  it('is one file that a cluster takes in one go, after which deploy/ has nothing to add', async () => {
    const cluster = await up({ name: 'release', nodes: 0, report });
    try {
      await cluster.kubectl(['apply', '--server-side', '--filename', file(names.manifest)]);
      const again = [
        'apply',
        '--server-side',
        '--dry-run=server',
        '--output=json',
        '--kustomize',
        join(checkout, 'deploy'),
      ];
      // What a dry run would create has no version yet.
      const Seen = z.object({ metadata: z.object({ generation: z.number().default(1), resourceVersion: z.string() }) });
      const Applied = z.object({ items: z.array(Seen) });
      const { items } = Applied.parse(JSON.parse(await cluster.kubectl(again)));
      expect(items.length).toBeGreaterThan(20);
      expect(items.filter(({ metadata }) => metadata.generation !== 1)).toEqual([]);
    } finally {
      await cluster.down();
    }
  });

  it('is a chart that Helm renders with that image', async () => {
    const helm = await ensureHelm(report);
    const { stdout } = await run(helm, [
      'template',
      'enbi',
      file(names.chart),
      '--namespace',
      'enbi',
      '--include-crds',
    ]);
    expect(stdout).toContain(`image: "${imageName}"`);
    expect(stdout).toContain('kind: "CustomResourceDefinition"');
    const { stdout: shown } = await run(helm, ['show', 'chart', file(names.chart)]);
    expect(shown).toMatch(new RegExp(`^version: ${version}$`, 'm'));
  });

  it('is a plugin that runs as it lies there, and the same one in the archive for krew', async () => {
    expect(statSync(file(names.plugin)).mode & 0o777).toBe(0o755);
    const { stdout } = await run(process.execPath, [file(names.plugin), '--version']);
    expect(stdout).toContain(version);
    const args = ['--extract', '--to-stdout', '--file', file(names.pluginArchive), names.plugin];
    const { stdout: packed } = await run('tar', args, { maxBuffer: 64 * 1024 * 1024 });
    expect(packed).toBe(readText(names.plugin));
  });

  it('hands on the licences of what is in the plugin, beside it and in the archive for krew', async () => {
    const args = ['--extract', '--to-stdout', '--file', file(names.pluginArchive), names.licenses];
    const { stdout } = await run('tar', args);
    expect(stdout).toBe(readText(names.licenses));
    expect(stdout).toMatch(/^commander \d/m);
  });

  it('is found by krew where the release says that it will be', async () => {
    const [manifest] = parseAllDocuments(readText(names.krew)).map((document): unknown => document.toJS());
    const { stdout } = await run('sha256sum', [file(names.pluginArchive)]);
    const platform = {
      uri: `https://releases.example/v1/${names.pluginArchive}`,
      sha256: stdout.split(' ')[0],
      bin: names.plugin,
    };
    expect(manifest).toMatchObject({
      metadata: { name: 'enbi' },
      spec: { version: `v${version}`, platforms: [platform] },
    });
  });
});

describe('its list of what is in it', () => {
  const Bill = z.object({
    packages: z.array(
      z.object({
        SPDXID: z.string(),
        name: z.string(),
        versionInfo: z.string(),
        checksums: z.array(z.object({ checksumValue: z.string() })).default([]),
        externalRefs: z.array(z.object({ referenceLocator: z.string() })).default([]),
      }),
    ),
    relationships: z.array(z.object({ spdxElementId: z.string(), relatedSpdxElement: z.string() })),
  });
  const bill = () => Bill.parse(readJson(file(names.sbom)));
  const locators = () =>
    bill().packages.flatMap(({ externalRefs }) => externalRefs.map((each) => each.referenceLocator));

  /** Of pino's transports, which are never loaded: not bundled, so not in anything that ships. */
  const leftOut = ['pino-abstract-transport', 'process-warning', 'real-require', 'split2'];

  it('names each npm package that ships by package-lock.json, but for those of which nothing is bundled', () => {
    const Locked = z.object({
      version: z.string(),
      dev: z.boolean().default(false),
      optional: z.boolean().default(false),
    });
    const { packages } = z
      .object({ packages: z.record(z.string(), Locked) })
      .parse(readJson(join(checkout, 'package-lock.json')));
    const shipped = Object.entries(packages)
      .filter(([path, { dev, optional }]) => path !== '' && !dev && !optional)
      .map(([path, { version }]) => ({ name: path.replace(/^.*node_modules\//, ''), version }))
      .filter(({ name }) => !leftOut.includes(name));
    const listed = bill().packages.filter(({ SPDXID }) => SPDXID.startsWith('SPDXRef-npm-'));
    expect(listed.map(({ name, versionInfo }) => `${name} ${versionInfo}`).toSorted()).toEqual(
      shipped.map(({ name, version }) => `${name} ${version}`).toSorted(),
    );
  });

  it.each(architectures)('names the Debian packages whose files are in the image: %s', async (architecture) => {
    const unpacked = join(scratch, architecture);
    await run('mkdir', ['-p', join(unpacked, 'layout'), join(unpacked, 'rootfs')]);
    await run('tar', ['--extract', '--file', file(names.image(architecture)), '--directory', join(unpacked, 'layout')]);
    const blobs = readdirSync(join(unpacked, 'layout/blobs/sha256')).map((name) =>
      join(unpacked, 'layout/blobs/sha256', name),
    );
    for (const blob of blobs.filter((path) => statSync(path).size > 1e6)) {
      await run('tar', ['--extract', '--gzip', '--file', blob, '--directory', join(unpacked, 'rootfs')]);
    }
    expect(existsSync(join(unpacked, 'rootfs', recordsDirectory, 'nix-bin'))).toBe(true);
    const recorded = recordedPackages(join(unpacked, 'rootfs'));
    const image = bill().packages.find(({ name }) => name === names.image(architecture));
    const inside = new Set(
      bill()
        .relationships.filter(({ spdxElementId }) => spdxElementId === image?.SPDXID)
        .map(({ relatedSpdxElement }) => relatedSpdxElement),
    );
    const listed = bill().packages.filter(({ SPDXID }) => inside.has(SPDXID) && SPDXID.startsWith('SPDXRef-deb-'));
    expect(listed.map(({ name, versionInfo }) => `${name} ${versionInfo}`).toSorted()).toEqual(
      recorded.map(({ name, version }) => `${name} ${version}`).toSorted(),
    );
    for (const name of ['git', 'nodejs', 'openssh-client', 'libc6', 'ca-certificates']) {
      expect(recorded.map((each) => each.name)).toContain(name);
    }
  });

  it('has the checksum of each file, and names no package twice', () => {
    const sums = new Map(
      readText(names.checksums)
        .split('\n')
        .map((line) => [line.slice(66), line.slice(0, 64)]),
    );
    for (const name of [...architectures.map((each) => names.image(each)), names.plugin]) {
      const described = bill().packages.find((each) => each.name === name);
      expect(described?.checksums).toEqual([{ checksumValue: sums.get(name) }]);
    }
    expect(new Set(locators()).size).toBe(locators().length);
  });
});
