import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ReadCount } from '../source/read-count.ts';
import { withContent } from './store-content.ts';
import { storeTree } from './store-tree.ts';

let root: string;
let store: string;
let tenant: ChildProcess | undefined;

/** Beside the store: what no image may hold. */
const secret = 'what only the node may know';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'enbi-tree-'));
  store = join(root, 'store');
  mkdirSync(join(root, 'node'));
  writeFileSync(join(root, 'node/file'), secret);
  mkdirSync(join(store, 'app/directory'), { recursive: true });
  writeFileSync(join(store, 'app/directory/file'), 'x'.repeat(secret.length));
  symlinkSync('../../node', join(store, 'link'));
});
afterEach(async () => {
  if (tenant !== undefined) {
    const ended = once(tenant, 'exit');
    tenant.kill('SIGKILL');
    await ended;
  }
  rmSync(root, { recursive: true });
});

/** Exchanges the directory and a link to the node's, as fast as it can, until it is killed. */
async function exchanging(): Promise<void> {
  const script = `
    import ctypes, os, sys
    libc = ctypes.CDLL(None)
    store = os.open(sys.argv[1], os.O_RDONLY)
    print("begun", flush=True)
    while True:
        libc.renameat2(store, b"app/directory", store, b"link", 2)
  `.replace(/^ {4}/gm, '');
  tenant = spawn('python3', ['-c', script, store], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(tenant.stdout ?? tenant, 'data');
}

/** What is in the tree at this moment, or that it cannot be told. */
function look(): string {
  const seen: string[] = [];
  try {
    for (const entry of storeTree('app', { store, count: new ReadCount() })) {
      const content = Buffer.alloc(entry.sizeBytes);
      entry.read(content);
      seen.push(`${entry.kind} ${entry.path} ${entry.target}${content.toString()}`);
    }
    const wanted = { store, path: 'app/directory/file', sizeBytes: secret.length, count: new ReadCount() };
    for (const content of withContent(wanted, readWhole)) seen.push(content.toString());
  } catch (thrown) {
    seen.push(thrown instanceof Error ? thrown.message : '');
  }
  return seen.join('\n');
}

function* readWhole(read: (space: Buffer) => void): Generator<Buffer, void, undefined> {
  const content = Buffer.alloc(secret.length);
  read(content);
  yield content;
}

const fewest = 2000;
const most = 500_000;

function bothAreIn(outcomes: ReadonlySet<string>): boolean {
  const all = [...outcomes].join('\n');
  return all.includes('file app/directory/file xxx') && all.includes('link app/directory ../../node');
}

test('no link leads out of the store, however fast a tenant puts it in a directory’s place', async () => {
  await exchanging();
  const outcomes = new Set<string>();
  // As often as needed to meet both, so that the exchange went on meanwhile: a busy machine seldom lets the tenant run.
  for (let at = 0; at < fewest || (at < most && !bothAreIn(outcomes)); at++) outcomes.add(look());
  expect([...outcomes].join('\n')).not.toContain(secret);
  expect(bothAreIn(outcomes)).toBe(true);
});
