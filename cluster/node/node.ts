import { existsSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { InternalError, UserError } from '../../src/errors.ts';
import { nodeAddresses } from '../addresses.ts';
import { type ApiServer, connectApiServer, waitUntil } from '../api-server.ts';
import { createNodeCgroup, removeCgroups } from '../cgroups.ts';
import { type CommandResult, run } from '../command.ts';
import { type ControlPlane, logTail } from '../control-plane.ts';
import { type Daemon, findDaemon, isAlive, killDaemon, startDaemon } from '../daemon.ts';
import { createNodeNetwork, namespaceOf } from '../network.ts';
import type { Folder } from '../state.ts';
import { containerdArguments, importCommand, sandboxImage } from './containerd.ts';
import { furnishNode, nodeFolder } from './folder.ts';
import { kubeletArguments, proxyArguments } from './kubelet.ts';
import { layouts } from './layout.ts';

const initScript = fileURLToPath(new URL('init.sh', import.meta.url));

/** Starts a node; it is Ready some seconds later. Does nothing when it runs. */
export async function startNode(plane: ControlPlane, name: string): Promise<void> {
  const { folder, bin, addresses, flavour } = plane;
  if ((await findDaemon(folder, name)) !== undefined) return;
  const node = nodeAddresses(addresses, numberOf(name));
  await createNodeNetwork(folder, addresses, node, name);
  // A power cut would have cleared them. The kubelet asks containerd about each one that is left, and waits for the answer.
  await removeCgroups(folder, name);
  const { root, processFiles } = await createNodeCgroup(folder, name);
  await furnishNode(plane, name, node, root);
  const layout = layouts[flavour.layout];
  const namespaces = ['unshare', '--mount', '--pid', '--fork', '--uts', '--kill-child'];
  await startDaemon(folder, name, ['nsenter', `--net=${namespaceOf(folder, name)}`, ...namespaces, 'sh', initScript], {
    NODE: name,
    NODE_DIR: nodeFolder(folder, name),
    BIN: bin,
    SANDBOX_IMAGE: sandboxImage,
    CGROUP_FILES: processFiles.join(' '),
    CNI_PROGRAMS: layout.cniPrograms,
    CONTAINERD_ADDRESS: layout.socket,
    CONTAINERD_ARGS: containerdArguments(layout).join(' '),
    IMPORT: importCommand(flavour).join(' '),
    KUBELET_ARGS: kubeletArguments(name, node, layout).join(' '),
    PROXY_ARGS: proxyArguments(name, addresses).join(' '),
  });
}

/** Returns when the node can take Pods and its Services are in place. */
export async function waitForNode(plane: ControlPlane, name: string): Promise<void> {
  const api = await connectApiServer(plane.folder.pki, plane.addresses.hub);
  // The API gives whole seconds.
  const startedAt = Math.floor(Date.now() / 1000) * 1000;
  const health = `http://${nodeAddresses(plane.addresses, numberOf(name)).ip}:10256/healthz`;
  const isReady = async () => {
    await assertRuns(plane.folder, name);
    return (await heartbeat(api, name)) >= startedAt && (await proxyIsReady(health));
  };
  const explain = async () => explainKubelet(await logTail(join(nodeFolder(plane.folder, name), 'log'), 'kubelet'));
  await waitUntil(`${name} is Ready`, isReady, { seconds: 180, explain }).finally(() => api.close());
}

/** A kubelet needs a dozen inotify instances, and what all clusters of a machine have between them is 128 on most. */
function explainKubelet(tail: string): string {
  if (!/inotify|fsnotify/.test(tail)) return tail;
  return `${tail}\nThis machine has no inotify instance left: take another cluster down, or raise fs.inotify.max_user_instances`;
}

async function assertRuns(folder: Folder, name: string): Promise<void> {
  if ((await findDaemon(folder, name)) !== undefined) return;
  throw new InternalError('NodeFailed', `${name} ended. ${await logTail(folder.log, name)}`);
}

/** When the node last said that it is Ready; a node that was killed stays Ready in the API for a while. */
async function heartbeat(api: ApiServer, name: string): Promise<number> {
  const { status, body } = await api.get(`/api/v1/nodes/${name}`);
  if (status !== 200) return 0;
  const ready = Node.parse(JSON.parse(body)).status.conditions.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' ? Date.parse(ready.lastHeartbeatTime) : 0;
}

const NodeCondition = z.object({ type: z.string(), status: z.string(), lastHeartbeatTime: z.string() });
const Node = z.object({ status: z.object({ conditions: z.array(NodeCondition).default([]) }) });

async function proxyIsReady(health: string): Promise<boolean> {
  return await fetch(health, { signal: AbortSignal.timeout(2000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Kills the node's init, and the kernel everything the node runs with it. The disk and the network card stay. */
export async function killNode({ folder }: ControlPlane, name: string): Promise<void> {
  await killDaemon(folder, name);
}

/** Imports a docker or OCI archive where the kubelet looks for images. */
export async function loadIntoNode(plane: ControlPlane, name: string, archive: string): Promise<void> {
  if (!existsSync(archive)) throw new UserError('NoArchive', `there is no archive ${archive}`);
  // The node does not see the machine's files: the archive goes in as a stream.
  const file = await open(archive);
  try {
    const command = await nodeCommand(plane, name, [...importCommand(plane.flavour), '-']);
    const { code, stderr } = await run(command, { stdinFd: file.fd });
    if (code !== 0) throw new UserError('ArchiveRefused', `${name} cannot import ${archive}: ${stderr.trim()}`);
  } finally {
    await file.close();
  }
}

export async function execInNode(plane: ControlPlane, name: string, argv: readonly string[]): Promise<CommandResult> {
  return await run(await nodeCommand(plane, name, argv));
}

/** The command that runs `argv` in the namespaces of a running node. */
export async function nodeCommand(
  { folder, flavour }: ControlPlane,
  name: string,
  argv: readonly string[],
): Promise<string[]> {
  const init = await runningInit(folder, name);
  const path = '/run/enbi-cluster/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin';
  const enter = ['nsenter', `--target=${init}`, '--net', '--mount', '--pid', '--uts'];
  return [...enter, 'env', `PATH=${path}`, `CONTAINERD_ADDRESS=${layouts[flavour.layout].socket}`, ...argv];
}

/** Where this machine's programs reach the containerd of a running node. */
export async function containerdSocket({ folder, flavour }: ControlPlane, name: string): Promise<string> {
  return `/proc/${await runningInit(folder, name)}/root${layouts[flavour.layout].socket}`;
}

async function runningInit(folder: Folder, name: string): Promise<string> {
  const init = initOf(await findDaemon(folder, name));
  if (init !== undefined) return init;
  throw new UserError('NodeNotRunning', `${name} is not running; start it with: npm run cluster -- start ${name}`);
}

/** The recorded process is unshare; its only child is process 1 of the node. */
function initOf(daemon: Daemon | undefined): string | undefined {
  if (daemon === undefined || !isAlive(daemon)) return undefined;
  return readFileSync(`/proc/${daemon.pid}/task/${daemon.pid}/children`, 'utf8').trim().split(' ')[0] || undefined;
}

function numberOf(name: string): number {
  return Number(name.replace('node-', ''));
}
