import { describe, expect, test } from 'vitest';
import { aBuildOrder } from '../../test/support/builders.ts';
import { UserError } from '../errors.ts';
import { FakeNix, FakePackage, FakeStore, fakePath } from './fake-nix.ts';
import { inputsMaking, pipedDerivation, pipedPaths, standardBuilder } from './fake-piped.ts';
import { realiseScript } from './realise-script.ts';

const { archive, bash, drvPath, pigz, programs, script, scriptDrv, stdenv } = pipedPaths;

const attribute = { lockedUrl: 'url', source: 'path:/x', lockFile: '/lock', path: ['packages', 'x86_64-linux', 'web'] };

interface Circumstances {
  readonly valid?: readonly (typeof script)[];
  readonly substituters?: readonly string[];
  /** Derivations that a build of the archive, and of the script, comes to. */
  readonly builds?: readonly [ofArchive: number, ofScript: number];
  readonly whyRun?: string;
}

function aScene({ valid = [], substituters, builds, whyRun }: Circumstances = {}) {
  const nix = new FakeNix();
  nix.outputs = { packages: { 'x86_64-linux': { web: new FakePackage('web') } } };
  if (builds !== undefined) nix.builds.set(drvPath, builds[0]).set(scriptDrv, builds[1]);
  const store = new FakeStore();
  store.derivations.set(drvPath, pipedDerivation());
  for (const [path, derivation] of inputsMaking([bash, stdenv, pigz, script])) store.derivations.set(path, derivation);
  programs.forEach((path, at) => store.texts.set(path, standardBuilder[at] ?? ''));
  for (const path of valid) store.valid.add(path);
  const printed: string[] = [];
  const plain = aBuildOrder({ packageName: 'web' });
  const caches = substituters === undefined ? {} : { substituters: [...substituters] };
  const order = { ...plain, nix: { ...plain.nix, ...caches } };
  const deps = {
    nix,
    store,
    whyRun: () => Promise.resolve(whyRun),
    observe: () => undefined,
    print: (line: string) => printed.push(line),
  };
  return { nix, store, printed, realise: () => realiseScript(attribute, order, deps) };
}

const skipped = { drvPath, outPath: script, archive: 'skipped' };

test('the script is built instead of the archive, and the log says so', async () => {
  const scene = aScene({ substituters: [] });
  expect(await scene.realise()).toEqual(skipped);
  expect(scene.nix.calls).toEqual([`realise ${scriptDrv}`]);
  expect(scene.printed).toEqual([
    '[enbi] web is not built: it is a stream script piped through pigz, and the script is read',
  ]);
});

describe('what is there, or costs a download, is taken before what is to be built', () => {
  const cache = ['https://cache.example'];
  const ask = [`buildsFor ${drvPath}`, `buildsFor ${scriptDrv}`];
  const build = `realise ${scriptDrv}`;
  test.each<[string, Circumstances, boolean, readonly string[]]>([
    ['the script is there', { valid: [script] }, true, []],
    ['both are there', { valid: [script, archive] }, true, []],
    ['the archive is there', { valid: [archive] }, false, []],
    ['no binary cache is asked', { substituters: [] }, true, [build]],
    ['no cache has either', { substituters: cache, builds: [5, 4] }, true, [...ask.slice(0, 1), build]],
    ['a cache has the script', { substituters: cache, builds: [1, 0] }, true, [...ask.slice(0, 1), build]],
    ['a cache has both', { substituters: cache, builds: [0, 0] }, true, [...ask, build]],
    ['a cache has the archive alone', { substituters: cache, builds: [0, 4] }, false, ask],
    ["Nix' own caches have the archive alone", { builds: [0, 4] }, false, ask],
  ])('%s', async (_, circumstances, takesScript, calls) => {
    const scene = aScene(circumstances);
    expect(await scene.realise()).toEqual(takesScript ? skipped : undefined);
    expect(scene.nix.calls).toEqual(calls);
    expect(scene.printed).toHaveLength(takesScript ? 1 : 0);
  });
});

test('a script that cannot be read is not run in its place: its archive is built, and the log says why', async () => {
  const scene = aScene({ substituters: [], whyRun: 'its base image\nis odd' });
  expect(await scene.realise()).toBeUndefined();
  expect(scene.printed).toEqual(['[enbi] web is built, since its stream script cannot be read: its base image is odd']);
});

test('a script that cannot be built fails the build', async () => {
  const scene = aScene({ substituters: [] });
  scene.nix.realise = () => Promise.reject(new UserError('BuilderFailed', 'exit code 3'));
  await expect(scene.realise()).rejects.toThrow('exit code 3');
});

describe('is built as it is', () => {
  const something = '[enbi] web is built: something in its derivation is not as buildLayeredImage makes it';
  const plain = { buildCommand: 'echo > $out' };
  test.each<[string, (scene: ReturnType<typeof aScene>) => unknown, readonly string[]]>([
    ['another derivation', ({ store }) => store.derivations.set(drvPath, pipedDerivation({}, plain)), []],
    [
      'one with a variable more, and the log names it',
      ({ store }) => store.derivations.set(drvPath, pipedDerivation({}, { 'post\nBuild': 'echo' })),
      ['[enbi] web is built: the variable post Build of its derivation is not as buildLayeredImage makes it'],
    ],
    ['one that cannot be read', ({ store }) => store.derivations.delete(drvPath), []],
    ['one with an input that cannot be read', ({ store }) => store.derivations.delete(scriptDrv), [something]],
    ['one with another builder', ({ store }) => store.texts.set(programs[1], 'echo > $out\n'), [something]],
    ['one with a builder that is not there', ({ store }) => store.texts.delete(programs[0]), [something]],
  ])('%s', async (_, change, printed) => {
    const scene = aScene({ substituters: [] });
    change(scene);
    expect(await scene.realise()).toBeUndefined();
    expect(scene).toMatchObject({ printed, nix: { calls: [] } });
  });

  test('one of more inputs than are looked at', async () => {
    const scene = aScene({ substituters: [] });
    const many = Array.from({ length: 9 }, (_, at) => ({ drvPath: fakePath(`${at}.drv`), outputs: ['out'] }));
    scene.store.derivations.set(drvPath, pipedDerivation({ inputs: many }));
    scene.store.derivation = async (path) => {
      if (path !== drvPath) throw new Error('looked at');
      return pipedDerivation({ inputs: many });
    };
    expect(await scene.realise()).toBeUndefined();
  });
});
