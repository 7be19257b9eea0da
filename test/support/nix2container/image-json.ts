import { execFileSync } from 'node:child_process';
import { z } from 'zod';

const program = new URL('layers.go', import.meta.url).pathname;

export interface LayerPathWish {
  readonly path: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

const Made = z.array(z.object({ digest: z.string(), size: z.number() }));

/** nix2container's JSON for these layers, with the digests that Go's own tar gives them. */
export function imageJson(store: string, layers: readonly (readonly LayerPathWish[])[], more: object = {}): Buffer {
  const made = Made.parse(JSON.parse(runGo(JSON.stringify({ store, layers }))));
  const image = {
    version: 1,
    'image-config': { Cmd: ['/bin/true'], Env: ['A=1'] },
    layers: made.map(({ digest, size }, at) => ({
      digest,
      size,
      diff_ids: digest,
      paths: layers[at],
      mediatype: 'application/vnd.oci.image.layer.v1.tar',
      History: { created_by: 'nix2container' },
    })),
    arch: 'amd64',
    created: '0001-01-01T00:00:00Z',
    ...more,
  };
  return Buffer.from(JSON.stringify(image, undefined, '\t'));
}

function runGo(input: string): string {
  const env = { ...process.env, GO111MODULE: 'off', CGO_ENABLED: '0' };
  return execFileSync('go', ['run', program], { input, env, maxBuffer: 1e9 }).toString();
}
