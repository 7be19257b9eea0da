import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ensureComponents } from '../../cluster/components.ts';
import { bundleInParts } from '../../image/bundle.ts';
import { type Connection, connectTo } from '../../src/adapters/containerd/connection.ts';
import { AgentImport } from '../../src/api/agent-order.ts';
import { PodAgent } from '../bench/import/pod-agent.ts';
import { openPodRoot, tenant } from '../bench/import/pod-root.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { aLayer, anImage, dockerArchiveOf, sha256 } from '../support/images.ts';
import { anOwner } from '../support/import-pod.ts';
import { CountingProxy } from './counting-proxy.ts';

const layerCount = 20;
const layerBytes = 128 * 1024;

/** A containerd, an agent as the image ships it, and what stands between them. */
export interface Place extends AsyncDisposable {
  readonly daemon: TestContainerd;
  readonly connection: Connection;
  readonly proxy: CountingProxy;
  /** Makes an image of 20 layers that is nowhere yet, and its order. */
  order(wish?: OrderWish): Promise<OrderedImage>;
  readonly agent: PodAgent;
}

export interface OrderWish {
  /** Also to unpack it. */
  readonly unpack?: boolean;
}

export interface OrderedImage {
  readonly name: string;
  readonly order: AgentImport;
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
  const agent = stack.use(new PodAgent(root, socketInPod));
  return {
    daemon,
    connection,
    proxy,
    agent,
    order: (wish = {}) => orderOf(store, wish),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const socketInPod = '/enbi/containerd.sock';
const archiveName = '0123456789abcdfghijklmnpqrsvwxyz-image';

async function orderOf(store: string, { unpack = false }: OrderWish): Promise<OrderedImage> {
  const layers = Array.from({ length: layerCount }, (_, at) => aLayer({ [`file-${at}`]: randomBytes(layerBytes) }));
  const archive = dockerArchiveOf(anImage({ layers }));
  await writeFile(join(store, archiveName), archive);
  const name = `r.example/kills/${randomBytes(6).toString('hex')}:1`;
  const order = AgentImport.parse({
    store: { tenant },
    seconds: 600,
    outPath: `/nix/store/${archiveName}`,
    imageName: name,
    system: 'x86_64-linux',
    owner: anOwner,
    script: false,
    socket: socketInPod,
    ...(unpack ? { unpackInto: 'overlayfs' } : {}),
  });
  return { name, order, sizeBytes: archive.length, layers: layers.map(sha256) };
}
