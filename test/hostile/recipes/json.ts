import { sha256 } from '../../support/images.ts';
import type { Random } from '../random.ts';
import { type Json, recipes } from '../recipe.ts';

type JsonObject = { readonly [key: string]: Json };

const longS = 'Label\u017f';
const reserved = ['containerd.io/restart.loguri', 'io.cri-containerd.kind', 'io.kubernetes.pod.uid', 'nerdctl/name'];
const spellings = ['labels', 'LABELS', longS];

export const configRecipes = recipes('config', {
  'a label of the runtime’s': (config, random) =>
    within(config, 'config', { Labels: { [random.pick(reserved)]: 'binary:///bin/sh' } }),
  'such a label under another spelling': (config, random) =>
    within(config, 'config', { [random.pick(spellings)]: { [random.pick(reserved)]: 'binary:///bin/sh' } }),
  'very many labels': (config) => within(config, 'config', { Labels: many(20_000) }),
  'a label for a prototype': (config) => within(config, 'config', { Labels: prototype({ 'containerd.io/x': '' }) }),
  'a prototype': (config) => ({ ...object(config), ...prototype({ config: { Labels: { 'containerd.io/x': '' } } }) }),
  'keys of JavaScript’s own': (config, random) =>
    within(config, random.pick(['config', 'rootfs']), { constructor: 'x', toString: 1, hasOwnProperty: [] }),
  'lists without end': (config, random) => within(config, 'config', { Env: nested(random.pick([60, 65, 1000])) }),
  'another type in a field': (config, random) =>
    within(config, 'config', { [random.pick(['Cmd', 'cmd', 'Env', 'User', 'Volumes', 'ExposedPorts'])]: odd(random) }),
  'another type at the top': (config, random) => ({
    ...object(config),
    [random.pick(['created', 'author', 'architecture', 'os', 'os.features', 'variant', 'history', 'rootfs'])]:
      odd(random),
  }),
  'another field in other letters': (config, random) => ({
    ...object(config),
    [random.pick(['Config', 'RootFS', 'Os', 'ARCHITECTURE', 'Variant', 'hi\u017ftory'])]: odd(random),
  }),
  'a time that is none': (config, random) => ({
    ...object(config),
    created: random.pick(['now', '2023-02-30T00:00:00Z', '2023-01-01', '9999-12-31T23:59:60Z', '1970-01-01T00:00:00z']),
  }),
  'another machine': (config, random) => ({
    ...object(config),
    architecture: random.pick(['arm64', 'amd64 ', 'AMD64', '', 'x86_64']),
    os: random.pick(['linux', 'windows', 'Linux']),
  }),
  'other diff_ids': (config, random) => within(config, 'rootfs', { diff_ids: otherIds(config, random) }),
  'no layers': (config) => within(config, 'rootfs', { diff_ids: [] }),
  'a text of a megabyte': (config, random) =>
    within(config, 'config', {
      WorkingDir: random.pick(['/a', '\0', '\ud800', '\u202e', '\u{1f600}']).repeat(500_000),
    }),
  'something else somewhere': (config, random) => elsewhere(config, random),
});

export const manifestRecipes = recipes('manifest', {
  'something else somewhere': elsewhere,
  'two things elsewhere': (value, random) => elsewhere(elsewhere(value, random), random),
  'a prototype': (value) => prototype(value),
  'names that lead out': (value, random) =>
    texts(value, () => random.pick(['../../secret', '/etc/passwd', 'a/../b', ''])),
  'names that are long': (value) => texts(value, (text) => text.repeat(5000)),
  'all in capitals': (value) => texts(value, (text) => text.toUpperCase()),
  'all twice': (value) => (Array.isArray(value) ? [...value, ...value] : value),
  'the same layer often': (value, random) =>
    lists(value, (list) => Array.from({ length: 200 }, () => random.pick(list))),
  'layers in another order': (value, random) => lists(value, (list) => random.shuffled(list)),
  'sizes that lie': (value, random) => numbers(value, (size) => size + random.pick([-1, 1, 512, 2 ** 40, -size, 0.5])),
  'lists without end': () => nested(1000),
  nothing: (_, random) => random.pick<Json>([null, [], {}, '', 0, false]),
});

export const indexRecipes = recipes('index', {
  'something else somewhere': elsewhere,
  'a prototype': (value) => prototype(value),
  'a platform that is another': (value, random) =>
    spread(value, 'manifests', {
      platform: { os: 'linux', architecture: random.pick(['arm64', 'unknown', 'AMD64', '']) },
    }),
  'a kind that is another': (value, random) =>
    spread(value, 'manifests', {
      mediaType: random.pick([
        '',
        'application/vnd.oci.image.index.v1+json',
        'application/vnd.oci.image.config.v1+json',
        'application/vnd.oci.image.manifest.v1+json ',
      ]),
    }),
  'all twice': (value) => lists(value, (list) => [...list, ...list]),
  'variants of a platform': (value, random) =>
    lists(value, (list) =>
      ['', 'v1', 'v2', 'v3', 'v9', 'V1'].map((variant) => ({
        ...object(random.pick(list)),
        platform: { os: 'linux', architecture: 'amd64', variant },
      })),
    ),
  'what stands beside an image': (value, random) =>
    lists(value, (list) => [
      ...list,
      ...Array.from({ length: 1 + random.below(40) }, (_, at) => ({
        ...object(random.pick(list)),
        digest: sha256(Buffer.from(`${at}`)),
        ...random.pick<JsonObject>([{ artifactType: 'a/b' }, { annotations: odd(random) }, { platform: null }, {}]),
      })),
    ]),
  'a thousand': (value, random) => lists(value, (list) => Array.from({ length: 5000 }, () => random.pick(list))),
  'sizes that lie': (value, random) => numbers(value, (size) => size + random.pick([-1, 1, 2 ** 53])),
  nothing: (_, random) => random.pick<Json>([null, [], {}, { manifests: null }, { manifests: {} }]),
});

export function object(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !isList(value) ? value : {};
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function within(value: Json, key: string, change: JsonObject): Json {
  return { ...object(value), [key]: { ...object(object(value)[key]), ...change } };
}

function spread(value: Json, key: string, change: JsonObject): Json {
  const list = object(value)[key];
  return { ...object(value), [key]: isList(list) ? list.map((one) => ({ ...object(one), ...change })) : [] };
}

function many(count: number): JsonObject {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`key-${at}`, 'value']));
}

/** An own key, as JSON.parse makes it. */
export function prototype(value: Json): JsonObject {
  const parsed: JsonObject = JSON.parse(`{"__proto__":${JSON.stringify(value)}}`);
  return parsed;
}

export function nested(depth: number): Json {
  let value: Json = 'inside';
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

function odd(random: Random): Json {
  return random.pick<Json>([
    null,
    true,
    0,
    -1.5,
    1e300,
    2 ** 60,
    '',
    'text',
    [],
    [1],
    [null],
    {},
    { a: 'b' },
    { type: 'layers' },
  ]);
}

function otherIds(config: Json, random: Random): Json {
  const ids = object(object(config)['rootfs'])['diff_ids'];
  const known = isList(ids) ? ids : [];
  return random.pick<Json>([
    known.toReversed(),
    known.slice(1),
    [...known, ...known],
    known.map((id) => (typeof id === 'string' ? id.toUpperCase() : id)),
    known.map(() => sha256(Buffer.from('other'))),
    known.map((id) => (typeof id === 'string' ? `${id}\n` : id)),
    known.map(() => 'md5:d41d8cd98f00b204e9800998ecf8427e'),
    Array.from({ length: 200 }, () => known[0] ?? null),
  ]);
}

/** One value, wherever it stands, becomes another or goes. */
export function elsewhere(value: Json, random: Random): Json {
  if (random.chance(0.15)) return odd(random);
  if (isList(value)) {
    if (value.length === 0) return odd(random);
    const at = random.below(value.length);
    return random.chance(0.1)
      ? value.toSpliced(at, 1)
      : value.map((one, place) => (place === at ? elsewhere(one, random) : one));
  }
  const keys = Object.keys(object(value));
  if (keys.length === 0) return odd(random);
  const key = random.pick(keys);
  const { [key]: inside = null, ...others } = object(value);
  if (random.chance(0.1)) return others;
  return random.chance(0.1)
    ? { ...others, [key.toUpperCase()]: inside }
    : { ...others, [key]: elsewhere(inside, random) };
}

function texts(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (isList(value)) return value.map((one) => texts(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, texts(one, change)]));
}

export function numbers(value: Json, change: (number: number) => number): Json {
  if (typeof value === 'number') return change(value);
  if (isList(value)) return value.map((one) => numbers(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, numbers(one, change)]));
}

/** The lists of layers, of manifests. */
function lists(value: Json, change: (list: readonly Json[]) => Json): Json {
  if (isList(value)) return value.map((one) => lists(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, isList(one) && one.length > 0 ? change(one) : one]),
  );
}
