import { describe, expect, test } from 'vitest';
import { aBuildOrder } from '../../test/support/builders.ts';
import type { BuildOrder } from '../api/order.ts';
import { TransientError, UserError } from '../errors.ts';
import { buildPackage } from './build.ts';
import { BuildLog } from './build-log.ts';
import { FakeHandover, FakeNix, FakePackage, FakeStore, fakePath } from './fake-nix.ts';
import { inputsMaking, pipedDerivation, pipedPaths, standardBuilder } from './fake-piped.ts';
import type { NixEvent } from './ports.ts';
import { stageFailure } from './stage-failure.ts';

function aScene(packages: FakeNix['outputs'], readable = true) {
  const printed: string[] = [];
  const deps = {
    nix: new FakeNix(),
    store: new FakeStore(),
    handover: new FakeHandover(),
    log: new BuildLog(),
    whyRun: () => Promise.resolve(readable ? undefined : 'its base image\nis odd'),
    print: (line: string) => printed.push(line),
    nowMs: () => 0,
  };
  deps.nix.outputs = { packages: { 'x86_64-linux': packages } };
  return {
    ...deps,
    printed,
    build: (changes: Partial<BuildOrder> = {}) => buildPackage(aBuildOrder({ packageName: 'web', ...changes }), deps),
  };
}

const drvPath = fakePath('web.drv');
const building: readonly NixEvent[] = [
  { type: 'planned', derivations: 1 },
  { type: 'copying', activity: 1, path: fakePath('dep') },
  { type: 'copied', activity: 1, bytes: 500 },
  { type: 'ended', activity: 1 },
  { type: 'building', activity: 2, drvPath },
  { type: 'line', activity: 2, line: 'hello' },
  { type: 'ended', activity: 2 },
];

test('a build is kept with its root and counted', async () => {
  const scene = aScene({ web: new FakePackage('web', building) });
  expect(await scene.build()).toEqual({
    ok: true,
    drvPath,
    outPath: fakePath('web'),
    format: 'archive',
    derivationsBuilt: 1,
    pathsCopied: 1,
    bytesCopied: 500,
    storeSizeBytes: 1000,
    storeFreeBytes: 2000,
  });
  expect([...scene.store.roots]).toEqual([['team.web', fakePath('web')]]);
  expect(scene.store.held).toBe(0);
  expect(scene.printed).toContain('web> hello');
});

test('a failed build leaves no root, and lets go of the store', async () => {
  const scene = aScene({ web: new FakePackage('web', building, new UserError('BuilderFailed', 'no')) });
  await expect(scene.build()).rejects.toThrow('no');
  expect(scene.store).toMatchObject({ held: 0, roots: new Map() });
});

test.each([
  ['wbe', 'packages.x86_64-linux has no "wbe"; nearest: web'],
  ['docker.wbe', 'packages.x86_64-linux.docker has no "wbe"; nearest: web'],
  ['docker', 'packages.x86_64-linux.docker is a set, not a package; there are: web'],
  ['packages.x86_64-linux.docker.web', '; packageName begins below packages.x86_64-linux: write docker.web'],
  ['nothing.alike', 'packages.x86_64-linux has no "nothing"; there are: web, docker'],
])('a wrong name is answered with the right ones: %s', async (packageName, message) => {
  const scene = aScene({ web: new FakePackage('web'), docker: { web: new FakePackage('w') } });
  await expect(scene.build({ packageName })).rejects.toMatchObject({
    reason: 'AttributeNotFound',
    message: expect.stringContaining(message),
  });
});

test('a wrong system is answered with those there are', async () => {
  const scene = aScene({ web: new FakePackage('web') });
  await expect(scene.build({ system: 'aarch64-linux' })).rejects.toThrow(
    'packages has no "aarch64-linux"; there are: x86_64-linux',
  );
});

test('a flake without packages is told so', async () => {
  const scene = aScene({});
  scene.nix.outputs = {};
  await expect(scene.build()).rejects.toThrow('has no packages at all');
});

test('a suggestion that fails hides nothing', async () => {
  const scene = aScene({});
  scene.nix.attributeNames = () => Promise.reject(new Error('evaluation failed'));
  await expect(scene.build()).rejects.toMatchObject({ reason: 'AttributeNotFound' });
});

describe('a program is kept with the names of the images beside it', () => {
  const packages = {
    web: new FakePackage('web'),
    served: new FakePackage('web.tar'),
    'web-image': new FakePackage('web-image.tar.gz'),
    'python3.12': new FakePackage('python-image.tar.gz'),
    'stream-of-it': new FakePackage('stream-web'),
  };

  test.each<[string, boolean, string, readonly string[], readonly string[] | undefined]>([
    ['images are known', false, 'web', ['served', 'python3.12'], ['served', '"python3.12"']],
    ['but for itself', false, 'web', ['web', 'served'], ['served']],
    ['no image is known: by their names', false, 'web', [], ['web-image', 'stream-of-it']],
    ['it looks like an image: nobody asks', true, 'served', ['web-image'], undefined],
  ])('%s', async (_, isImage, packageName, images, imagesBeside) => {
    const scene = aScene(packages);
    scene.store.isImage = isImage;
    scene.nix.images = images;
    expect((await scene.build({ packageName })).imagesBeside).toEqual(imagesBeside);
  });

  test('the default before all others, where it is called an archive', async () => {
    const scene = aScene({ ...packages, default: new FakePackage('hello-1.0.tar') });
    scene.store.isImage = false;
    scene.nix.archives = ['default'];
    expect((await scene.build({ packageName: 'web' })).imagesBeside).toEqual(['default', 'web-image', 'stream-of-it']);
    scene.nix.archives = [];
    expect((await scene.build({ packageName: 'web' })).imagesBeside).toEqual(['web-image', 'stream-of-it']);
  });

  test('unless they cannot be had', async () => {
    const scene = aScene(packages);
    scene.nix.imageNames = () => Promise.reject(new Error('evaluation failed'));
    scene.nix.attributeNames = () => Promise.reject(new Error('evaluation failed'));
    scene.store.isImage = false;
    expect(await scene.build()).not.toHaveProperty('imagesBeside');
  });

  test('five of them, and none that a Pod could not name', async () => {
    const odd = Object.fromEntries(['a b', '1', '$(x)', 'x'.repeat(101)].map((name) => [name, new FakePackage('p')]));
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`p${at}`, new FakePackage('p')]));
    const scene = aScene({ ...odd, ...many, web: new FakePackage('web') });
    scene.nix.images = [...Object.keys(odd), ...Object.keys(many)];
    scene.store.isImage = false;
    expect((await scene.build()).imagesBeside).toEqual(['p0', 'p1', 'p2', 'p3', 'p4']);
  });
});

describe('a stream script', () => {
  const aScript = (readable: boolean) => {
    const scene = aScene({ web: new FakePackage('web'), 'web-image': new FakePackage('w') }, readable);
    scene.store.kind = 'script';
    return scene;
  };

  test('that the import can read is not run', async () => {
    const scene = aScript(true);
    expect(await scene.build()).toMatchObject({ outPath: fakePath('web'), format: 'script' });
    expect(scene.nix.calls).toEqual([]);
  });

  test('that it cannot read is run as a builder; what it wrote is the result, and both are kept', async () => {
    const scene = aScript(false);
    const archive = fakePath('stream-output.tar');
    expect(await scene.build()).toMatchObject({ outPath: archive, format: 'script' });
    expect([...scene.store.roots]).toEqual([
      ['team.web', fakePath('web')],
      ['team.web.archive', archive],
    ]);
    expect(scene.store.held).toBe(0);
    expect(scene.printed).toContain('[enbi] the stream script is run: its base image is odd');
  });

  test.each([
    ['fails', undefined, true, /failed: builder failed with exit code 3/],
    ['says hello', fakePath('hello'), false, /wrote something else than an archive/],
  ])('that %s is a program, and what may be meant is told', async (_, output, isImage, message) => {
    const scene = aScript(false);
    scene.nix.output = output;
    scene.store.isImage = isImage;
    await expect(scene.build()).rejects.toMatchObject({
      reason: 'NotAnImage',
      message: expect.stringMatching(message),
    });
    await expect(scene.build()).rejects.toThrow('perhaps this packageName is meant: web-image');
  });

  test('that ran into trouble of the machine is tried again', async () => {
    const scene = aScript(false);
    scene.nix.outputOf = () => Promise.reject(new TransientError('DiskFull', 'full'));
    await expect(scene.build()).rejects.toMatchObject({ reason: 'DiskFull' });
  });
});

describe('an archive that is only a stream script, compressed', () => {
  const { drvPath: archiveDrv, programs, script } = pipedPaths;
  const anArchive = () => {
    const scene = aScene({ web: new FakePackage('web', building) });
    scene.store.derivations.set(archiveDrv, pipedDerivation());
    const inputs = inputsMaking([pipedPaths.bash, pipedPaths.stdenv, pipedPaths.pigz, script]);
    for (const [path, derivation] of inputs) scene.store.derivations.set(path, derivation);
    programs.forEach((path, at) => scene.store.texts.set(path, standardBuilder[at] ?? ''));
    scene.store.kinds.set(script, 'script');
    return scene;
  };

  test('is not built: its script is kept and handed over', async () => {
    const scene = anArchive();
    expect(await scene.build()).toMatchObject({
      drvPath: archiveDrv,
      outPath: script,
      format: 'script',
      archive: 'skipped',
      derivationsBuilt: 0,
    });
    expect([...scene.store.roots]).toEqual([['team.web', script]]);
    expect(scene.nix.calls).not.toContain(`outputOf ${script}`);
  });

  test('is built where the order says so', async () => {
    const scene = anArchive();
    const result = await scene.build({ realiseStreamScripts: false });
    expect(result).toMatchObject({ outPath: fakePath('web'), format: 'archive', derivationsBuilt: 1 });
    expect(result).not.toHaveProperty('archive');
    expect(scene.nix.calls).toEqual([]);
  });
});

describe('a download that fails inside a derivation', () => {
  const failed = new UserError('BuilderFailed', 'builder failed with exit code 1');
  const withLog = (line: string): readonly NixEvent[] => [
    { type: 'building', activity: 2, drvPath },
    { type: 'line', activity: 2, line },
    { type: 'ended', activity: 2 },
    { type: 'failed', message: 'x', drvPath },
  ];

  test('is the server’s fault, not the flake’s, and is told with its derivation', async () => {
    const scene = aScene({ web: new FakePackage('web', withLog('curl: (22) error: 503'), failed) });
    scene.store.downloads.add(drvPath);
    const thrown: unknown = await scene.build().catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(TransientError);
    expect(stageFailure(thrown, scene.log.culprit())).toEqual({
      ok: false,
      reason: 'NetworkUnreachable',
      retry: true,
      message: 'web could not be downloaded: curl: (22) error: 503',
      derivation: drvPath,
      logTail: 'curl: (22) error: 503',
    });
  });

  test('is seen before whatever page the server answers with', async () => {
    const lines = ['error: 503', ...Array.from({ length: 200 }, (_, at) => `<p>${at}</p>`)];
    const events = lines.map((line) => ({ type: 'line', activity: 2, line }) as const);
    const [begin, , ...end] = withLog('');
    const scene = aScene({
      web: new FakePackage(
        'web',
        [begin, ...events, ...end].filter((event) => event !== undefined),
        failed,
      ),
    });
    scene.store.downloads.add(drvPath);
    await expect(scene.build()).rejects.toThrow('web could not be downloaded: error: 503');
  });

  test.each([
    ['when it says something else', 'no such file', true],
    ['when its output has no hash: it may have no network at all', 'curl: (22) error: 503', false],
  ])('is the flake’s fault %s', async (_, line, isFixed) => {
    const scene = aScene({ web: new FakePackage('web', withLog(line), failed) });
    if (isFixed) scene.store.downloads.add(drvPath);
    await expect(scene.build()).rejects.toBe(failed);
  });
});
