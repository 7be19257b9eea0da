import { aLayer, compress, sha256 } from '../support/images.ts';
import { storePath } from '../support/stream/stream-image.ts';
import type { Random } from './random.ts';
import type { Item } from './recipe.ts';
import type { Described, Spoil } from './stream-script.ts';

/** As nix2container's buildImage leaves it: JSON, layers that lie in the store, and often one to be made of store paths. */
export function describedImage(random: Random, spoilt: Spoil): Described {
  const layer = aLayer({ 'etc/motd': random.bytes(random.below(1000)) });
  const file = spoilt('layer', compress(layer, random.pick(['none', 'gzip', 'zstd'])));
  const told = { digest: sha256(file), size: file.length, diff_ids: sha256(layer) };
  const lying = { ...told, 'layer-path': `${storePath('base')}/layer.tar`, History: { created_by: 'hand' } };
  const digest = sha256(Buffer.from('no digest of what is made'));
  const made = {
    digest,
    size: 1024,
    diff_ids: digest,
    paths: [{ path: storePath('one') }, { path: storePath('two') }],
  };
  const image = {
    version: 1,
    'image-config': { Cmd: ['/bin/true'], Labels: { a: 'b' } },
    layers: random.chance(0.5) ? [lying] : [lying, made],
    arch: 'amd64',
    created: '0001-01-01T00:00:00Z',
  };
  const beside = new Map<string, Item>([
    ['one/bin/app', random.bytes(random.below(3000))],
    ['one/share/link', { link: '../bin/app' }],
    [`one/${'long/'.repeat(20)}name`, random.bytes(3)],
    ['two', random.bytes(random.below(600))],
    ['base/layer.tar', file],
  ]);
  const text = Buffer.from(JSON.stringify(spoilt('described', image)));
  const named = [...spoilt('store', beside)].map(([path, item]): [string, Item] => [inStore(path), item]);
  return { main: spoilt('describedText', text), beside: new Map(named) };
}

function inStore(path: string): string {
  return storePath(path).slice('/nix/store/'.length);
}
