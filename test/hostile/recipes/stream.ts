import { gzipSync } from 'node:zlib';
import { storePath } from '../../support/stream/stream-image.ts';
import { type Item, type Json, recipes } from '../recipe.ts';
import { elsewhere, nested, object, prototype, within } from './json.ts';

const elsewherePaths = [
  '/etc/passwd',
  '/nix/store/../../etc',
  '/nix/store',
  '/nix/store/.links',
  `${storePath('one')}/../two`,
  `${storePath('one')}/bin`,
  storePath('not-there'),
  storePath('one\n'),
  '',
];

export const confRecipes = recipes('conf', {
  'something else somewhere': elsewhere,
  'two things elsewhere': (conf, random) => elsewhere(elsewhere(conf, random), random),
  'a store path that is elsewhere': (conf, random) => withKeys(conf, { store_layers: [[random.pick(elsewherePaths)]] }),
  'a customisation layer that is elsewhere': (conf, random) =>
    withKeys(conf, { customisation_layer: random.pick([...elsewherePaths, storePath('one'), storePath('two')]) }),
  'a base that is none': (conf, random) =>
    withKeys(conf, {
      from_image: random.pick([...elsewherePaths, storePath('one'), storePath('app-conf.json'), storePath('stream')]),
    }),
  'a base that holds its own layers': (conf) =>
    withKeys(conf, { from_image: storePath('app-customisation-layer/layer.tar') }),
  'the same store path often': (conf, random) =>
    withKeys(conf, { store_layers: [Array.from({ length: 2000 }, () => storePath(random.pick(['one', 'two'])))] }),
  'too many layers': (conf) => withKeys(conf, { store_layers: Array.from({ length: 128 }, () => [storePath('one')]) }),
  'as many layers as there may be, and one': (conf) =>
    withKeys(conf, { store_layers: Array.from({ length: 127 }, () => [storePath('two')]) }),
  'a label of the runtime’s': (conf) =>
    within(conf, 'config', { Labels: { 'containerd.io/restart.loguri': 'binary:///x' } }),
  'settings that the runtime cannot read': (conf, random) =>
    within(conf, 'config', random.pick<{ [key: string]: Json }>([{ Cmd: 'x' }, { env: 1 }, { labels: {} }])),
  'settings nested without end': (conf, random) => within(conf, 'config', { a: nested(random.pick([70, 1000])) }),
  'a prototype': (conf) => within(conf, 'config', prototype({ Labels: { 'containerd.io/x': '' } })),
  'an owner that is none': (conf, random) =>
    withKeys(
      conf,
      random.pick<{ [key: string]: Json }>([
        { uid: -1 },
        { uid: 2 ** 40 },
        { gid: '1e3' },
        { uname: 'a\0b' },
        { gname: 'a b' },
      ]),
    ),
  'a time that is none': (conf, random) =>
    withKeys(conf, {
      [random.pick(['created', 'mtime'])]: random.pick(['now', '0', '2023-02-30T00:00:00Z', '9999-12-31T23:59:59Z']),
    }),
  'another machine': (conf) => withKeys(conf, { architecture: 'arm64' }),
});

export const wrapperRecipes = recipes('wrapper', {
  'with another command': (text) => Buffer.from(text.toString().replace('exec', 'rm -rf /\nexec')),
  'with another program': (text, random) =>
    Buffer.from(
      text.toString().replace(storePath('stream'), random.pick(['/bin/sh', storePath('one-stream'), '../stream'])),
    ),
  'with another conf': (text, random) =>
    Buffer.from(
      text.toString().replace(storePath('app-conf.json'), random.pick(['/etc/shadow', storePath('x-conf.json')])),
    ),
  'with blanks without end': (text) => Buffer.from(text.toString().replace('exec', `exec${' '.repeat(16_000)}`)),
  'with lines without end': (text) => Buffer.from(text.toString().replace('exec', `${'# \n \t\n'.repeat(2500)}exec`)),
});

export const storeRecipes = recipes('store', {
  'a file that leads out': (items, random) =>
    oneOf(items, random.below(items.size), () => ({ link: '../../../outside/secret' })),
  'all links': (items) => new Map([...items.keys()].map((path) => [path, { link: '/etc/passwd' }])),
  'a store path that leads out': (items) => without(items, 'one/').set('one', { link: '../outside' }),
  'a directory in it that leads out': (items) => without(items, 'one/').set('one/share', { link: '../../../outside' }),
  'a pipe': (items, random) => oneOf(items, random.below(items.size), () => 'pipe'),
  'a pipe in it': (items) => new Map(items).set('three/pipe', 'pipe'),
  'a directory for a file': (items, random) => oneOf(items, random.below(items.size), () => 'directory'),
  'a file gone': (items, random) => new Map([...items].toSpliced(random.below(items.size), 1)),
  'a file changed': (items, random) =>
    oneOf(items, random.below(items.size), (item) =>
      Buffer.isBuffer(item) ? Buffer.concat([item, random.bytes(3)]) : item,
    ),
  'odd names': (items, random) =>
    new Map(items).set(`one/${random.pick(['\n', '\u202e', '-rf', '$(x)', '\x1b[2J', '\u{1f600}'])}`, Buffer.from('x')),
  'directories without end': (items) => new Map(items).set(`three/${'d/'.repeat(300)}end`, Buffer.from('x')),
  'very many files': (items, random) => {
    const more = Array.from({ length: 300 }, (_, at): [string, Item] => [`three/many/${at}`, random.bytes(at % 5)]);
    return new Map([...items, ...more]);
  },
  'a program that takes long to recognise': (items) =>
    new Map(items).set(
      'stream',
      Buffer.from(`#! ${storePath('python3-3.13.7')}/bin/python3.13\n${'tarfile.open('.repeat(20_000)}`),
    ),
  'a compressed conf': (items) => new Map(items).set('app-conf.json', gzipSync('{}')),
});

function withKeys(conf: Json, change: { readonly [key: string]: Json }): Json {
  return { ...object(conf), ...change };
}

function oneOf(items: ReadonlyMap<string, Item>, chosen: number, change: (item: Item) => Item): Map<string, Item> {
  return new Map([...items].map(([path, item], at) => [path, at === chosen ? change(item) : item]));
}

function without(items: ReadonlyMap<string, Item>, prefix: string): Map<string, Item> {
  return new Map([...items].filter(([path]) => !path.startsWith(prefix)));
}
