import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { customResourceDefinitions } from '../src/api/crd.ts';
import { attacksPage } from './attacks-page.ts';
import { ceilingsPage } from './ceilings-page.ts';
import { chartFiles } from './chart/chart.ts';
import { pluginPage } from './plugin-page.ts';
import { retriesPage } from './retries-page.ts';
import { runProgram } from './run-program.ts';
import { settingsPage } from './settings-page.ts';

export interface GeneratedFile {
  /** In the checkout. */
  readonly path: string;
  readonly content: string;
}

const root = join(import.meta.dirname, '..');
const containerd = 'src/adapters/containerd';

/** Every file of the checkout that is worked out from its sources, as it should be now. */
export async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  return [
    { path: 'deploy/crds.yaml', content: definitions() },
    { path: 'docs/reference/attacks.md', content: attacksPage() },
    { path: 'docs/reference/ceilings.md', content: ceilingsPage() },
    { path: 'docs/reference/retries.md', content: retriesPage() },
    { path: 'docs/reference/settings.md', content: settingsPage() },
    { path: 'docs/reference/kubectl-enbi.md', content: pluginPage() },
    ...(await chartFiles(root, definitions())),
    ...(await messages()),
  ];
}

const notice = '# Generated from src/api by `npm run generate`.\n';

/** `yes` and `on` are booleans to kubectl, so every string is quoted. */
function definitions(): string {
  const documents = customResourceDefinitions.map((definition) =>
    stringify(definition, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0 }),
  );
  return notice + documents.join('---\n');
}

/** containerd's messages, from our own trimmed .proto files. */
async function messages(): Promise<GeneratedFile[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'enbi-generate-'));
  const proto = join(root, containerd, 'proto');
  try {
    const args = ['generate', proto, '--template', join(proto, 'buf.gen.yaml'), '-o', join(scratch, 'proto')];
    const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`;
    await promisify(execFile)('buf', args, { cwd: root, env: { ...process.env, PATH: path } });
    const names = (await readdir(join(scratch, 'gen'))).toSorted();
    return await Promise.all(names.map(async (name) => generatedMessage(name, join(scratch, 'gen', name))));
  } finally {
    await rm(scratch, { recursive: true });
  }
}

async function generatedMessage(name: string, path: string): Promise<GeneratedFile> {
  return { path: `${containerd}/gen/${name}`, content: await readFile(path, 'utf8') };
}

async function main(check: boolean): Promise<void> {
  for (const { path, content } of await generatedFiles()) {
    const current = await readFile(join(root, path), 'utf8').catch(() => '');
    if (current === content) continue;
    if (!check) await writeFile(join(root, path), content);
    process.stdout.write(check ? `${path} is stale: run npm run generate\n` : `wrote ${path}\n`);
    if (check) process.exitCode = 1;
  }
}

if (import.meta.main) await runProgram(() => main(process.argv.includes('--check')));
