import { readFileSync } from 'node:fs';
import { aLayer, sha256 } from '../support/images.ts';
import { reference, storePath } from '../support/stream/stream-image.ts';
import type { Random } from './random.ts';
import type { Item, Stage, Stages } from './recipe.ts';

/** A file that is no image itself, and what it tells of in the store. */
export interface Described {
  /** The script, or the JSON. */
  readonly main: Buffer;
  /** Everything else it needs, by its path in the store. */
  readonly beside: ReadonlyMap<string, Item>;
}

export type Spoil = <S extends Stage>(stage: S, value: Stages[S]) => Stages[S];

const program = readFileSync(reference, 'utf8');

/** As nixpkgs' streamLayeredImage leaves it. */
export function streamScript(random: Random, spoilt: Spoil): Described {
  const top = spoilt('layer', aLayer({ 'etc/motd': random.bytes(random.below(1000)) }));
  const conf = Buffer.from(JSON.stringify(spoilt('conf', confOf(['one', 'two', 'three']))));
  const beside = new Map<string, Item>([
    ['one/bin/app', random.bytes(random.below(3000))],
    ['one/share/link', { link: '../bin/app' }],
    ['two', random.bytes(random.below(600))],
    ['three/lib/a', random.bytes(600)],
    ['three/lib/b', Buffer.alloc(0)],
    ['app-customisation-layer/layer.tar', top],
    ['app-customisation-layer/checksum', Buffer.from(`${sha256(top).slice('sha256:'.length)}\n`)],
    ['app-conf.json', spoilt('confText', conf)],
    ['stream', Buffer.from(`#! ${storePath('python3-3.13.7')}/bin/python3.13\n${program}`)],
  ]);
  const wrapper = `#! ${storePath('bash-5')}/bin/bash -e\nexec "${storePath('stream')}"  ${storePath('app-conf.json')} "$@" \n`;
  return { main: spoilt('wrapper', Buffer.from(wrapper)), beside: inStore(spoilt('store', beside)) };
}

function confOf(names: readonly string[]) {
  return {
    architecture: 'amd64',
    config: { Cmd: ['/bin/true'], Labels: { a: 'b' } },
    os: 'linux',
    store_dir: '/nix/store',
    from_image: null,
    store_layers: names.map((name) => [storePath(name)]),
    customisation_layer: storePath('app-customisation-layer'),
    repo_tag: 'registry.k8s.io/pause:3.10',
    created: '1970-01-01T00:00:01+00:00',
    mtime: '1970-01-01T00:00:01+00:00',
    uid: '0',
    gid: '0',
    uname: 'root',
    gname: 'root',
  };
}

function inStore(items: ReadonlyMap<string, Item>): ReadonlyMap<string, Item> {
  return new Map([...items].map(([path, item]) => [storePath(path).slice('/nix/store/'.length), item]));
}
