import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ensureComponents } from '../../cluster/components.ts';
import { bundleInParts } from '../../image/bundle.ts';
import { type Connection, connectTo } from '../../src/adapters/containerd/connection.ts';
import { ImportOrder } from '../../src/api/order.ts';
import { openPodRoot, type PodRoot } from '../bench/import/pod-root.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { aLayer, anImage, dockerArchiveOf, sha256 } from '../support/images.ts';
import { anOwner } from '../support/import-pod.ts';
import { CountingProxy } from './counting-proxy.ts';

const layerCount = 20;
const layerBytes = 128 * 1024;

/** A containerd, an importer as the image ships it, and what stands between them. */
export interface Place extends AsyncDisposable {
  readonly daemon: TestContainerd;
  readonly connection: Connection;
  readonly proxy: CountingProxy;
  /** Makes an image of 20 layers that is nowhere yet, and its order. */
  order(wish?: OrderWish): Promise<OrderedImage>;
  /** The process that carries the order out. */
  importer(): ChildProcess;
}

export interface OrderWish {
  /** Also to unpack it. */
  readonly unpack?: boolean;
}

export interface OrderedImage {
  readonly name: string;
  readonly sizeBytes: number;
  readonly layers: readonly string[];
}

export async function openPlace(): Promise<Place> {
  const stack = new AsyncDisposableStack();
  const scratch = await mkdtemp(join(tmpdir(), 'enbi-kills-'));
  stack.defer(() => rm(scratch, { recursive: true }));
  await chmod(scratch, 0o755);
  const [store, program] = [join(scratch, 'store'), join(scratch, 'program')];
  await bundleInParts('src/main/main.ts', program);
  const { bin } = await ensureComponents(() => {});
  const daemon = stack.use(await startContainerd(bin));
  const connection = connectTo(daemon.socket);
  stack.defer(() => connection.close());
  await mkdir(store);
  const root = stack.use(await openPodRoot({ store, program, node: dirname(process.execPath) }));
  const proxy = stack.use(await CountingProxy.listen(join(root.enbi, 'containerd.sock'), daemon.socket));
  return {
    daemon,
    connection,
    proxy,
    order: (wish = {}) => orderOf(store, root, wish),
    importer: () => startImporter(root),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const archiveName = '0123456789abcdfghijklmnpqrsvwxyz-image';

async function orderOf(store: string, { enbi }: PodRoot, { unpack = false }: OrderWish): Promise<OrderedImage> {
  const layers = Array.from({ length: layerCount }, (_, at) => aLayer({ [`file-${at}`]: randomBytes(layerBytes) }));
  const archive = dockerArchiveOf(anImage({ layers }));
  await writeFile(join(store, archiveName), archive);
  const name = `r.example/kills/${randomBytes(6).toString('hex')}:1`;
  const order = ImportOrder.parse({
    id: 'kills-1',
    outPath: `/nix/store/${archiveName}`,
    imageName: name,
    system: 'x86_64-linux',
    owner: anOwner,
    script: false,
    socket: '/enbi/containerd.sock',
    ...(unpack ? { unpackInto: 'overlayfs' } : {}),
  });
  await writeFile(join(enbi, 'order/order.json'), JSON.stringify(order));
  return { name, sizeBytes: archive.length, layers: layers.map(sha256) };
}

function startImporter({ command }: PodRoot): ChildProcess {
  const [nsenter = '', ...args] = command;
  const enbi = ['/opt/node/node', '/opt/enbi/enbi.mjs', 'import'];
  return spawn(nsenter, [...args, ...enbi], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** How it ended, and what it said. */
export async function ended(process: ChildProcess): Promise<{ how: number | string; said: string }> {
  const output: Buffer[] = [];
  process.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  const [code, signal] = await once(process, 'close');
  return { how: typeof code === 'number' ? code : String(signal), said: Buffer.concat(output).toString() };
}
