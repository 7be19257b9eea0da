import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { makeDirectory } from './directory.ts';
import { type Layer, packLayer } from './layer.ts';

const root = join(import.meta.dirname, '..');

/** enbi itself, in the image. */
export const bundlePath = 'opt/enbi/enbi.mjs';

/** Some packages are CommonJS and call `require` for Node's own modules; an ES module has none until it makes one. */
const requireForPackages =
  "import { createRequire as createRequireForPackages } from 'node:module';\n" +
  'const require = createRequireForPackages(import.meta.url);';

export interface BundleOptions {
  /** The first line, for a file that is run by its name. */
  readonly shebang?: string;
  /** Names in the program that stand for texts of the checkout. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** The program and the packages it uses as one ES module. */
export async function bundle(
  program: string,
  file: string,
  { shebang, texts = {} }: BundleOptions = {},
): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [program],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    legalComments: 'none',
    banner: { js: shebang === undefined ? requireForPackages : `${shebang}\n${requireForPackages}` },
    define: Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, JSON.stringify(text)])),
    logLevel: 'warning',
  });
}

/** The top layer: the bundle alone, the same for every architecture. */
export async function packBundle(program: string, blob: string): Promise<Layer> {
  const directory = mkdtempSync(join(tmpdir(), 'enbi-bundle-'));
  try {
    chmodSync(directory, 0o755);
    makeDirectory(directory, 'opt/enbi');
    await bundle(program, join(directory, bundlePath));
    chmodSync(join(directory, bundlePath), 0o644);
    return await packLayer(directory, blob);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
