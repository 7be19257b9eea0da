import { gzipSync } from 'node:zlib';
import type { Random } from '../random.ts';
import { type Item, recipes } from '../recipe.ts';

type Items = ReadonlyMap<string, Item>;

export const directoryRecipes = recipes('directory', {
  'a file that leads out': (items, random) => oneOf(items, random, (path) => link(random, path)),
  'all files lead out': (items, random) => new Map([...items.keys()].map((path) => [path, link(random, path)])),
  'a file that leads to itself': (items, random) =>
    oneOf(items, random, (path) => ({ link: path.slice(path.lastIndexOf('/') + 1) })),
  'a file that leads nowhere': (items, random) => oneOf(items, random, () => ({ link: 'nowhere' })),
  'a file that leads to all of the machine': (items, random) =>
    oneOf(items, random, () => ({ link: random.pick(['/', '/proc/self/environ', '/dev/zero', '/proc/self/fd/0']) })),
  'a pipe': (items, random) => oneOf(items, random, () => 'pipe'),
  'a directory for a file': (items, random) => oneOf(items, random, () => 'directory'),
  'a file gone': (items, random) => new Map([...items].toSpliced(random.below(items.size), 1)),
  'a file changed': (items, random) => oneOf(items, random, (_, item) => changed(item, random)),
  'a file cut short': (items, random) =>
    oneOf(items, random, (_, item) => (Buffer.isBuffer(item) ? item.subarray(0, random.below(item.length)) : item)),
  'its blobs outside': (items) => without(items, 'blobs/').set('blobs', { link: '../../outside/blobs' }),
  'one link in it': (_, random) => new Map([['image.tar', link(random, 'image.tar')]]),
  'one pipe in it': () => new Map([['image.tar', 'pipe' as const]]),
  'one text in it': () => new Map([['image.tar.gz', gzipSync('text')]]),
  'docker’s manifest, which leads out': (items) =>
    without(items, 'index.json').set(
      'manifest.json',
      Buffer.from('[{"Config":"../../outside/secret","Layers":["../../outside/secret"]}]'),
    ),
  'nothing in it': () => new Map(),
  'very many files': (items) => {
    const more = Array.from({ length: 1000 }, (_, at) => [`many-${at}`, Buffer.alloc(0)] as const);
    return new Map([...without(items, 'oci-layout'), ...more]);
  },
});

/** Two levels up is where the store lies, and what is not of it. */
function link(random: Random, path: string): Item {
  const up = '../'.repeat(path.split('/').length);
  return { link: random.pick([`${up}../outside/secret`, '/etc/passwd', `${up}..`, '/proc/self/mem']) };
}

function oneOf(items: Items, random: Random, change: (path: string, item: Item) => Item): Map<string, Item> {
  const chosen = random.below(items.size);
  return new Map([...items].map(([path, item], at) => [path, at === chosen ? change(path, item) : item]));
}

function without(items: Items, prefix: string): Map<string, Item> {
  return new Map([...items].filter(([path]) => !path.startsWith(prefix)));
}

function changed(item: Item, random: Random): Item {
  if (!Buffer.isBuffer(item) || item.length === 0) return item;
  const copy = Buffer.from(item);
  copy[random.below(copy.length)] = random.below(256);
  return copy;
}
