import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, tarOf } from '../images.ts';

export const reference = new URL('reference.py', import.meta.url).pathname;

/** A store path by its name, as Nix would call it. */
export function storePath(name: string): string {
  return `/nix/store/0123456789abcdfghijklmnpqrsvwxyz-${name}`;
}

export function inStore(store: string, path: string): string {
  return path.replace('/nix/store', store);
}

export interface StreamWishes {
  /** Names of store paths that are there. */
  readonly layers?: readonly (readonly string[])[];
  /** Uncompressed tar archive. */
  readonly customisation?: Buffer;
  /** Keys to add, to change, or with undefined to leave out. */
  readonly conf?: Readonly<Record<string, unknown>>;
  readonly wrapper?: (program: string, conf: string) => string;
  readonly program?: (text: string) => string;
}

/** As nixpkgs' streamLayeredImage leaves it: the wrapper, its program, its conf, the customisation layer. Its store path. */
export async function aStreamScript(store: string, wishes: StreamWishes = {}): Promise<string> {
  const { layers = [], customisation = tarOf([{ name: './etc/motd', content: Buffer.from('hello\n') }]) } = wishes;
  const top = inStore(store, storePath('app-customisation-layer'));
  await mkdir(top, { recursive: true });
  await writeFile(join(top, 'layer.tar'), customisation);
  await writeFile(join(top, 'checksum'), `${sha256(customisation).slice('sha256:'.length)}\n`);
  const conf = {
    architecture: 'amd64',
    config: { Cmd: ['/bin/true'] },
    os: 'linux',
    store_dir: '/nix/store',
    from_image: null,
    store_layers: layers.map((names) => names.map(storePath)),
    customisation_layer: storePath('app-customisation-layer'),
    repo_tag: 'app:1',
    created: '1970-01-01T00:00:01+00:00',
    mtime: '1970-01-01T00:00:01+00:00',
    uid: '0',
    gid: '0',
    uname: 'root',
    gname: 'root',
    ...wishes.conf,
  };
  const [program, confPath, outPath] = ['stream', 'app-conf.json', 'stream-app'].map(storePath);
  if (program === undefined || confPath === undefined || outPath === undefined) throw new Error('unreachable');
  const interpreter = storePath('python3-3.13.7');
  const text = `#! ${interpreter}/bin/python3.13\n${await readFile(reference, 'utf8')}`;
  await writeFile(inStore(store, program), wishes.program?.(text) ?? text, { mode: 0o555 });
  await writeFile(inStore(store, confPath), JSON.stringify(conf));
  const wrapper = (wishes.wrapper ?? wrapperOf)(program, confPath);
  await writeFile(inStore(store, outPath), wrapper, { mode: 0o555 });
  return outPath;
}

/** As makeWrapper of nixpkgs 25.05 writes it. */
function wrapperOf(program: string, conf: string): string {
  return `#! ${storePath('bash-5.2p37')}/bin/bash -e\nexec "${program}"  ${conf} "$@" \n`;
}

/** What the script would write. */
export function runReference(store: string): Buffer {
  const conf = inStore(store, storePath('app-conf.json'));
  return execFileSync('python3', [reference, conf, store], { maxBuffer: 1e9 });
}

/** Digest and size of each of its layers of store paths, which may be too large to hold. */
export function referenceDigests(store: string): { digest: string; sizeBytes: number }[] {
  const conf = inStore(store, storePath('app-conf.json'));
  const lines = execFileSync('python3', [reference, '--digests', conf, store]).toString().trim().split('\n');
  return lines.map((line) => {
    const [digest = '', size] = line.split(' ');
    return { digest, sizeBytes: Number(size) };
  });
}
