import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../src/errors.ts';
import { addressesOf, maxNodes } from './addresses.ts';
import { waitUntil } from './api-server.ts';
import { type CommandResult, runOrThrow } from './command.ts';
import { ensureComponents } from './components.ts';
import { type ControlPlane, createIdentities, startApiServer, startControllers } from './control-plane.ts';
import { findDaemon } from './daemon.ts';
import { startDns } from './dns.ts';
import { tearDown } from './down.ts';
import { assertAsWished, type Flavour, flavourOf, type Wishes } from './flavour.ts';
import { exclusively } from './lock.ts';
import { prepareToRun } from './machine.ts';
import { assertAddressesFree, createHub } from './network.ts';
import {
  containerdSocket,
  execInNode,
  killNode,
  loadIntoNode,
  nodeCommand,
  startNode,
  waitForNode,
} from './node/node.ts';
import type { Report } from './report.ts';
import { type ClusterRecord, currentBootId, type Folder, folderOf, readRecord, writeRecord } from './state.ts';

/** A Kubernetes that runs on this machine, independent of the process that started it. */
export interface Cluster {
  readonly name: string;
  readonly kubeconfig: string;
  readonly nodes: readonly string[];
  readonly flavour: Flavour;
  /** Who made it for itself, if anybody. */
  readonly owner: string | undefined;
  readonly kubectlPath: string;
  /** Under which its Pods and nodes reach this machine: the only way out that they have. */
  readonly hostAddress: string;
  /** What kubectl wrote to stdout; throws with its stderr. */
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  /** Runs a program in the namespaces of a node, as root. */
  exec(node: string, argv: readonly string[]): Promise<CommandResult>;
  /** Imports a docker or OCI archive into the containerd of every node. */
  load(archive: string): Promise<void>;
  /** The socket of a running node's containerd, for programs of this machine. */
  containerdSocket(node: string): Promise<string>;
  /** Ends a node and everything on it from one moment to the next. */
  kill(node: string): Promise<void>;
  /** Starts a node that was killed; returns when it is Ready. */
  start(node: string): Promise<void>;
  down(): Promise<void>;
}

/**
 * What is left open is one node, the plain layout and the newest versions in a new cluster, and as it is in one that runs.
 * No nodes gives etcd and the API server alone, with no controllers, in a few seconds.
 */
export interface UpOptions extends Wishes {
  readonly name: string;
  /** Of a new cluster; one that runs keeps its own. */
  readonly owner?: string | undefined;
  readonly report: Report;
}

/**
 * Starts the cluster of this name, or finds it running; throws UserError `ClusterDiffers` when that is another than the one
 * wished for. What an interrupted `up` left is removed first.
 */
export async function up(options: UpOptions): Promise<Cluster> {
  const folder = folderOf(options.name);
  const { nodes = 1, report } = options;
  assertNodeCount(nodes);
  await prepareToRun(options.report);
  return await whileAlone(folder, options.report, async () => {
    const running = await find(options.name);
    if (running !== undefined) {
      assertAsWished(options.name, options, { ...running.flavour, nodes: running.nodes.length });
      options.report(`cluster ${options.name} is up already, with ${running.nodes.length} nodes`);
      return running;
    }
    if (existsSync(folder.root)) {
      options.report(`removing what is left of an earlier cluster ${options.name}`);
      await tearDown(folder);
    }
    const { owner } = options;
    return await create(folder, { ...flavourOf(options), nodes, report, owner }).catch((error: unknown) => {
      options.report(
        `cluster ${folder.name} did not come up; logs: ${folder.log}; remove it with: down --name ${folder.name}`,
      );
      throw error;
    });
  });
}

/** The cluster of this name, if it is completely up. */
export async function find(name: string): Promise<Cluster | undefined> {
  const folder = folderOf(name);
  const record = await readRecord(folder);
  if (!record?.isComplete || record.bootId !== (await currentBootId())) return undefined;
  if ((await findDaemon(folder, 'kube-apiserver')) === undefined) return undefined;
  return handle(folder, record);
}

/** Removes the cluster of this name, also one whose `up` never finished; does nothing when there is none. */
export async function down(name: string, report: (line: string) => void = () => undefined): Promise<void> {
  const folder = folderOf(name);
  await whileAlone(folder, report, () => tearDown(folder));
}

/** As `down`, but a cluster that another, or nobody, owns stays: false. */
export async function downIfOwned(name: string, owner: string): Promise<boolean> {
  const folder = folderOf(name);
  return await whileAlone(folder, noReport, async () => {
    const record = await readRecord(folder);
    if (record !== undefined && record.owner !== owner) return false;
    await tearDown(folder);
    return true;
  });
}

/** The cluster of this name belongs to nobody from now on: it stays until somebody takes it down. */
export async function disown(name: string): Promise<void> {
  const folder = folderOf(name);
  await whileAlone(folder, noReport, async () => {
    const record = await readRecord(folder);
    if (record !== undefined) await writeRecord(folder, { ...record, owner: undefined });
  });
}

const noReport = () => undefined;

interface Order extends Flavour {
  readonly nodes: number;
  readonly owner: string | undefined;
  readonly report: Report;
}

async function create(folder: Folder, { nodes, report, owner, ...flavour }: Order): Promise<Cluster> {
  await assertAddressesFree();
  const { bin } = await ensureComponents(report, flavour);
  await Promise.all([folder.run, folder.log, folder.pki].map((path) => mkdir(path, { recursive: true, mode: 0o700 })));
  const bootId = await currentBootId();
  const recordOf = (slot: number, isComplete: boolean): ClusterRecord => ({
    slot,
    nodes,
    bin,
    flavour,
    bootId,
    isComplete,
    owner,
  });
  const addresses = await createHub(folder, (slot) => writeRecord(folder, recordOf(slot, false)));
  const plane: ControlPlane = { folder, bin, flavour, addresses };
  report('starting etcd and the API server');
  await createIdentities(plane);
  const api = await startApiServer(plane, nodes > 0);
  if (nodes > 0) {
    report(`starting controllers and ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`);
    await startControllers(plane);
    await startDns(plane);
    const names = nodeNames(nodes);
    await Promise.all(names.map((name) => startNode(plane, name)));
    await Promise.all(names.map((name) => waitForNode(plane, name)));
    const account = '/api/v1/namespaces/default/serviceaccounts/default';
    await waitUntil('Pods can be created', async () => (await api.get(account)).status === 200, { seconds: 60 });
  }
  api.close();
  await writeRecord(folder, recordOf(addresses.slot, true));
  report(`cluster ${folder.name} is up`);
  return handle(folder, recordOf(addresses.slot, true));
}

function handle(folder: Folder, record: ClusterRecord): Cluster {
  const plane = planeOf(folder, record);
  const nodes = nodeNames(record.nodes);
  const kubectlPath = join(record.bin, 'kubectl');
  const known = (node: string) => assertNode(folder, nodes, node);
  const alone = <T>(work: () => Promise<T>) => whileAlone(folder, noReport, work);
  return {
    name: folder.name,
    kubeconfig: folder.kubeconfig,
    nodes,
    flavour: record.flavour,
    owner: record.owner,
    kubectlPath,
    hostAddress: plane.addresses.host,
    kubectl: (args, stdin) => {
      // Its cache would otherwise stay behind in the user's home.
      const env = { ...process.env, KUBECONFIG: folder.kubeconfig, KUBECACHEDIR: join(folder.root, 'kubectl-cache') };
      return runOrThrow([kubectlPath, ...args], { env, ...(stdin === undefined ? {} : { stdin }) });
    },
    exec: async (node, argv) => await execInNode(plane, known(node), argv),
    load: async (archive) => {
      await Promise.all(nodes.map((node) => loadIntoNode(plane, node, archive)));
    },
    containerdSocket: async (node) => await containerdSocket(plane, known(node)),
    kill: async (node) => await alone(() => killNode(plane, known(node))),
    start: async (node) => await alone(() => startNode(plane, known(node)).then(() => waitForNode(plane, node))),
    down: async () => await down(folder.name),
  };
}

/** The command that runs `argv` in a node, for whoever wants to pass a terminal through. */
export async function commandInNode(name: string, node: string, argv: readonly string[]): Promise<string[]> {
  const folder = folderOf(name);
  const record = await readRecord(folder);
  if (record === undefined) throw new UserError('NoCluster', `no cluster "${name}" is up`);
  return await nodeCommand(planeOf(folder, record), assertNode(folder, nodeNames(record.nodes), node), argv);
}

function planeOf(folder: Folder, record: ClusterRecord): ControlPlane {
  return { folder, bin: record.bin, flavour: record.flavour, addresses: addressesOf(record.slot) };
}

function nodeNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `node-${index + 1}`);
}

function assertNode(folder: Folder, nodes: readonly string[], node: string): string {
  if (nodes.includes(node)) return node;
  throw new UserError(
    'UnknownNode',
    `cluster ${folder.name} has no node "${node}"; it has: ${nodes.join(', ') || 'none'}`,
  );
}

function assertNodeCount(nodes: number): void {
  if (Number.isInteger(nodes) && nodes >= 0 && nodes <= maxNodes) return;
  throw new UserError('InvalidNodeCount', `a cluster has 0 to ${maxNodes} nodes, not ${nodes}`);
}

async function whileAlone<T>(folder: Folder, report: (line: string) => void, work: () => Promise<T>): Promise<T> {
  const waiting = () => report(`another process is working on cluster ${folder.name}: waiting for it`);
  return await exclusively(folder.root, waiting, work);
}
