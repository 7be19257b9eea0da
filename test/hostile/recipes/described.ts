import { storePath } from '../../support/stream/stream-image.ts';
import type { Random } from '../random.ts';
import { type Json, recipes } from '../recipe.ts';
import { elsewhere, nested, numbers, object, prototype, within } from './json.ts';

const places = [
  '/etc/passwd',
  '/nix/store/../../../../etc/passwd',
  `${storePath('base')}/../../outside/secret`,
  storePath('base'),
  storePath('not-there'),
  '/nix/store',
  `${storePath('base')}/layer.tar\0`,
];

const patterns = ['(a*)*$', '.*.*.*.*y$', '.*.*.*y', '.*y', '[', '\\pL', '(?=x)', '', '^', '/nix/store', '.'];

export const describedRecipes = recipes('described', {
  'something else somewhere': elsewhere,
  'two things elsewhere': (image, random) => elsewhere(elsewhere(image, random), random),
  'a layer that lies elsewhere': (image, random) => eachLayer(image, () => ({ 'layer-path': random.pick(places) })),
  'a layer of paths elsewhere': (image, random) => eachLayer(image, () => ofPaths({ path: random.pick(places) })),
  'rules that take long': (image, random) =>
    eachLayer(image, () => ofPaths({ path: storePath('one'), options: rules(random) })),
  'a rule that it does not know': (image) =>
    eachLayer(image, () => ofPaths({ path: storePath('one'), options: { ignore: 'x' } })),
  'the same store path often': (image) =>
    eachLayer(image, () => ({
      'layer-path': '',
      paths: Array.from({ length: 300 }, () => ({ path: storePath('one') })),
    })),
  'sizes that lie': (image, random) => numbers(image, (size) => size + random.pick([-1, 1, 2 ** 40])),
  'too many layers': (image) => withLayers(image, (layers) => Array.from({ length: 200 }, () => layers[0] ?? null)),
  'another version': (image, random) => ({ ...object(image), version: random.pick<Json>([0, 2, '1', null]) }),
  'another machine': (image) => ({ ...object(image), arch: 'arm64' }),
  'a label of the runtime’s': (image) => within(image, 'image-config', { Labels: { 'nerdctl/name': 'x' } }),
  'settings that the runtime cannot read': (image) => within(image, 'image-config', { Env: 'A=1' }),
  'settings nested without end': (image) => within(image, 'image-config', { a: nested(1000) }),
  'a prototype': (image) => within(image, 'image-config', prototype({ Labels: { 'containerd.io/x': '' } })),
});

function rules(random: Random): Json {
  const regex = random.pick(patterns);
  const perm = { regex, mode: random.pick(['0644', '', '7777']), uid: 0, gid: 0, uname: '', gname: '' };
  return random.chance(0.5)
    ? { perms: [perm] }
    : { rewrite: { regex, repl: random.pick(['', '/', '/..', '$1', 'x']) } };
}

function ofPaths(path: Json) {
  return { 'layer-path': '', paths: [path] };
}

function eachLayer(image: Json, change: () => { readonly [key: string]: Json }): Json {
  return withLayers(image, (layers) =>
    layers.map((layer) => ({ ...object(layer), ...sameDigest(layer), ...change() })),
  );
}

/** Only an uncompressed layer can be made of store paths. */
function sameDigest(layer: Json): { readonly [key: string]: Json } {
  return { digest: object(layer)['diff_ids'] ?? null };
}

function withLayers(image: Json, change: (layers: readonly Json[]) => readonly Json[]): Json {
  const layers = object(image)['layers'];
  return { ...object(image), layers: Array.isArray(layers) ? change(layers) : [] };
}
