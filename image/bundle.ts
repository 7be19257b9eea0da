import { chmodSync, copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { paths } from '../src/api/order.ts';
import { makeDirectory } from './directory.ts';
import { type Layer, packLayer } from './layer.ts';
import { licensesName, licensesOf } from './licenses.ts';

const root = join(import.meta.dirname, '..');

/** enbi itself, in the image. */
export const bundlePath = 'opt/enbi/enbi.mjs';

/** Some packages are CommonJS and call `require` for Node's own modules; an ES module has none until it makes one. */
const requireForPackages =
  "import { createRequire as createRequireForPackages } from 'node:module';\n" +
  'const require = createRequireForPackages(import.meta.url);';

export interface ScriptOptions {
  /** What stands before and behind the program; it may use `require`, and must be given one. */
  readonly head: string;
  readonly tail: string;
  /** Names in the program that stand for texts of the checkout. */
  readonly texts: Readonly<Record<string, string>>;
}

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  legalComments: 'none',
  logLevel: 'warning',
  // Each process holds its text for as long as it lives, and one character beyond Latin-1, in a comment, doubles that of a whole part.
  minifyWhitespace: true,
  lineLimit: 200,
  metafile: true,
} as const;

/** The program and the packages it uses as one ES module. */
export async function bundle(program: string, file: string): Promise<void> {
  await build({ ...shared, entryPoints: [program], outfile: file, banner: { js: requireForPackages } });
}

/**
 * The same as statements that any Node of the last years can at least parse: what stands in front of them is run there. Gives the
 * sources that are in it.
 */
export async function bundleAsScript(
  program: string,
  file: string,
  options: ScriptOptions,
): Promise<readonly string[]> {
  const texts = Object.entries(options.texts).map(([name, text]) => [name, JSON.stringify(text)] as const);
  const { metafile } = await build({
    ...shared,
    format: 'cjs',
    target: 'node14',
    entryPoints: [program],
    outfile: file,
    banner: { js: options.head },
    footer: { js: options.tail },
    // A script is no module: what is beside the source is not beside the bundle.
    define: { 'import.meta.url': '"file:///"', ...Object.fromEntries(texts) },
  });
  return sourcesIn(metafile);
}

/**
 * The same as several modules in a directory, of which each process loads what it needs; the program is `enbi.mjs`. Gives the sources
 * that are in them.
 */
export async function bundleInParts(program: string, directory: string): Promise<readonly string[]> {
  const { metafile } = await build({
    ...shared,
    entryPoints: { enbi: program },
    outdir: directory,
    splitting: true,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'part-[hash]',
    banner: { js: requireForPackages },
  });
  return sourcesIn(metafile);
}

/** From the root of the checkout, those of npm packages below node_modules; of what was read and left out, none. */
function sourcesIn({ outputs }: Metafile): readonly string[] {
  const found = Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const shipped = found.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  return [...new Set(shipped)].toSorted();
}

/** What a builder that stays runs while it waits. */
function addLoop(directory: string): void {
  const path = join(directory, paths.builderLoop);
  copyFileSync(join(import.meta.dirname, 'builder.sh'), path);
  chmodSync(path, 0o755);
}

export interface PackedBundle {
  readonly layer: Layer;
  readonly sources: readonly string[];
}

/** The top layer: the program alone, the same for every architecture. */
export async function packBundle(program: string, blob: string): Promise<PackedBundle> {
  const directory = mkdtempSync(join(tmpdir(), 'enbi-bundle-'));
  try {
    chmodSync(directory, 0o755);
    makeDirectory(directory, 'opt/enbi');
    const parts = join(directory, dirname(bundlePath));
    const sources = await bundleInParts(program, parts);
    writeFileSync(join(parts, licensesName), licensesOf(sources));
    for (const name of readdirSync(parts)) chmodSync(join(parts, name), 0o644);
    addLoop(directory);
    return { layer: await packLayer(directory, blob), sources };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
