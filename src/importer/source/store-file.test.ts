import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { asError } from '../../errors.ts';
import { storeTree } from '../made/store-tree.ts';
import { ReadCount } from './read-count.ts';
import { kindOf, namesIn, openWithin, resolveWithin } from './store-file.ts';

let place: string;
let store: string;
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'enbi-store-file-')));
  store = join(place, 'store');
  mkdirSync(join(store, 'app/share'), { recursive: true });
  writeFileSync(join(store, 'app/share/file'), 'inside');
  mkdirSync(join(place, 'node'));
  writeFileSync(join(place, 'node/there'), 'outside');
});
afterEach(() => rmSync(place, { recursive: true }));

async function contentOf(path: string): Promise<string> {
  await using file = await openWithin(store, path);
  return file.readFile('utf8');
}

function link(name: string, target: string): string {
  symlinkSync(target, join(store, name));
  return join(store, name);
}

describe('a link inside of the store', () => {
  test.each([
    ['from one store path into another', (): string => link('joined', 'app/share')],
    ['by the whole path', (): string => link('joined', join(store, 'app/share'))],
    ['up and down again', (): string => link('app/up', '../app/./share//')],
    ['over other links', (): string => (link('first', 'app'), link('second', 'first/share'))],
  ])('is followed %s', async (_, make) => {
    const path = make();
    expect(await contentOf(join(path, 'file'))).toBe('inside');
    expect(await resolveWithin(store, path)).toBe(join(store, 'app/share'));
    expect(await kindOf(store, path)).toBe('directory');
    expect(await namesIn(store, path, 1)).toEqual(['file']);
  });

  test('that leads to itself comes to an end', async () => {
    await expect(contentOf(link('round', 'round'))).rejects.toThrow('more than 40 links');
  });
});

describe('a link out of the store', () => {
  /** What is outside, and what is not there. */
  const targets = ['node/there', 'node/missing', 'node', 'none-such', 'node/there/file'];

  test.each([
    ['as a file', openWithin],
    ['as a directory', (root: string, path: string) => namesIn(root, path, 1)],
    ['as what a path is', resolveWithin],
    ['as what it leads to', kindOf],
  ])('fails in one way whatever is there, looked at %s', async (_, look: (root: string, path: string) => unknown) => {
    const messages = new Set<string>();
    for (const [index, target] of targets.entries()) {
      for (const [kind, text] of [`../${target}`, join(place, target)].entries()) {
        const path = link(`out-${index}-${kind}`, text);
        messages.add(asError(await Promise.resolve(look(store, path)).catch((thrown: unknown) => thrown)).message);
      }
    }
    expect([...messages].map((message) => message.replace(/out-\d-\d/, 'out'))).toEqual(
      Array.from({ length: targets.length * 2 }, () => `${store}/out leads out of ${store}`),
    );
  });

  test('is not gone through on the way to what lies inside', async () => {
    link('out', '../node');
    await expect(contentOf(`${store}/out/../store/app/share/file`)).rejects.toThrow('leads out of');
  });
});

test('a path that is the store itself, or above it, is no place in it', async () => {
  for (const path of [store, `${store}/`, `${store}/app/..`, `${store}/..`, place]) {
    await expect(resolveWithin(store, path)).rejects.toThrow('leads out of');
  }
});

test('what is missing says so, and not by which way it was looked for', async () => {
  await expect(contentOf(join(store, 'app/none'))).rejects.toThrow(
    `${store}/app/none cannot be read: ENOENT: no such file or directory`,
  );
});

test('a link in the place of the store itself is not followed', async () => {
  renameSync(store, join(place, 'moved'));
  symlinkSync('moved', store);
  await expect(contentOf(join(store, 'app/share/file'))).rejects.toThrow('cannot be read');
  expect(() => [...storeTree('app', { store, count: new ReadCount() })]).toThrow('cannot be read');
});
