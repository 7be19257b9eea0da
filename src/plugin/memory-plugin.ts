import { resource } from '../cluster-view/resources.ts';
import { TransientError } from '../errors.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { fieldsOf } from '../runtime/identity.ts';
import type { ResourceType } from '../runtime/kube-client.ts';
import { MemoryKubeClient } from '../runtime/memory-kube/memory-kube-client.ts';
import { deployments } from './deployed-controller.ts';
import type { ExitCode } from './exit-codes.ts';
import type { PluginPorts } from './ports.ts';
import { runPlugin } from './program.ts';
import { createScreen, type Screen } from './screen.ts';

/** An API server in memory that also passes on what kubelets have to say. */
export class MemoryCluster extends MemoryKubeClient {
  /** Kubelets' configuration, by node. */
  readonly kubelets = new Map<string, unknown>();

  /** What the answer to a SubjectAccessReview denies: a verb, or a verb and what it is on: `get pods/log`. */
  readonly deniedVerbs = new Set<string>();

  /** A review is a question: nothing is kept of it. */
  override async create(type: ResourceType, namespace: string | undefined, object: object): Promise<unknown> {
    if (type.kind !== 'SubjectAccessReview') return await super.create(type, namespace, object);
    this.onCall({ verb: 'create', kind: type.kind, key: '' });
    const { verb, resource, subresource } = fieldsOf(fieldsOf(fieldsOf(object)['spec'])['resourceAttributes']);
    const words = [String(verb), `${String(verb)} ${String(resource)}/${String(subresource)}`];
    return { ...object, status: { allowed: !words.some((word) => this.deniedVerbs.has(word)) } };
  }

  async kubeletConfig(node: string): Promise<unknown> {
    this.onCall({ verb: 'get', kind: 'KubeletConfig', key: node });
    const config = this.kubelets.get(node);
    if (config === undefined) throw new TransientError('NotFound', `node ${node} does not answer`);
    return await Promise.resolve(config);
  }
}

/** enbi's own Deployment, with a controller that is available. */
export function putController(cluster: MemoryCluster, availableReplicas = 1): void {
  const container = { name: 'controller', image: 'enbi.hrzn.ee/enbi:0.1.0', args: ['controller'] };
  cluster.put(deployments, {
    metadata: { name: 'enbi-controller', namespace: 'enbi', labels: { 'app.kubernetes.io/name': 'enbi' } },
    spec: { replicas: 1, template: { spec: { serviceAccountName: 'enbi-controller', containers: [container] } } },
    status: { availableReplicas },
  });
}

export interface Ran {
  readonly code: ExitCode;
  /** What people and programs read on the standard output. */
  readonly out: string;
  readonly err: string;
}

export interface MemoryPluginOptions {
  readonly cluster?: MemoryCluster;
  readonly signal?: AbortSignal;
  readonly embedded?: Partial<PluginPorts['embedded']>;
  readonly clock?: PluginPorts['clock'];
  readonly connect?: PluginPorts['connect'];
  readonly settingsFrom?: PluginPorts['settingsFrom'];
}

/** Runs a command line against the cluster in memory, in a pipe. */
export async function runInMemory(args: readonly string[], options: MemoryPluginOptions = {}): Promise<Ran> {
  const { cluster = new MemoryCluster(), signal = new AbortController().signal } = options;
  let out = '';
  let err = '';
  const code = await runPlugin(args, {
    connect: ({ namespace = 'team' }) => Promise.resolve({ client: cluster, namespace, server: 'https://api.example' }),
    screen: pipe((text) => {
      out += text;
    }),
    aside: pipe((text) => {
      err += text;
    }),
    print: (text) => {
      out += text;
    },
    clock: new FakeClock(),
    signal,
    embedded: { version: '0.1.0', reasonsPage: '', permissions: '', policies: {}, ...options.embedded },
    settingsFrom: options.settingsFrom ?? (() => undefined),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.connect === undefined ? {} : { connect: options.connect }),
  });
  return { code, out, err };
}

function pipe(write: (text: string) => void): Screen {
  return createScreen({ write, isTerminal: false, color: false, columns: () => 80 });
}

/** Lets a controller seem to work: each status is written once somebody watches NixBuilds. */
export function playStatuses(cluster: MemoryCluster, name: string, statuses: readonly object[]): void {
  const left = [...statuses];
  cluster.onCall = ({ verb, kind }) => {
    if (verb === 'watch' && kind === 'NixBuild') void play();
  };
  async function play(): Promise<void> {
    for (let status = left.shift(); status !== undefined; status = left.shift()) {
      await new Promise(setImmediate);
      await cluster.patch(resource.builds, { namespace: 'team', name }, { status }, { subresource: 'status' });
    }
  }
}
