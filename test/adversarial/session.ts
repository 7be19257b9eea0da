import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asError } from '../../src/errors.ts';
import { diagnose } from '../e2e/support/diagnosis.ts';
import { listsFrom } from '../e2e/support/lists.ts';
import { aNixBuild } from '../e2e/support/manifests.ts';
import type { PluginRun } from '../e2e/support/plugin.ts';
import { Hopeless, waitFor } from '../e2e/support/wait-for.ts';
import { kubectlWith } from '../support/kubectl.ts';
import type { NixBuild } from '../support/objects.ts';
import { type Account, openAccount } from './account.ts';
import { type Admin, adminOf, openNodes } from './admin.ts';
import { doAnyway } from './anyway.ts';
import { type Attack, Broken } from './attack.ts';
import { enterNamespace, leaveNamespace } from './namespaces.ts';
import { pluginIn } from './plugin.ts';

/** A cluster with enbi in it, and the flakes of the attacks served. */
export interface AttackedCluster {
  readonly kubeconfig: string;
  readonly kubectlPath: string;
  readonly nodes: readonly string[];
  /** enbi's own image: has a shell, busybox, node, git and Nix. */
  readonly enbiImage: string;
  /** Repository → flake reference without a query. */
  readonly flakes: Readonly<Record<string, string>>;
  /** Tells this run's namespaces and images from those of another. */
  readonly run: string;
  /** Runs a program on a node as root, where that is possible. */
  readonly onNode?: (node: string, argv: readonly string[]) => Promise<string>;
}

/** One attack, being tried: two tenants who know nothing of each other, and whoever looks after the cluster. */
export interface Session {
  readonly attacker: Account;
  readonly victim: Account;
  readonly admin: Admin;
  /** Of whoever looks after the cluster, for other programs. */
  readonly adminKubeconfig: string;
  readonly nodes: readonly string[];
  readonly enbiImage: string;
  /** An image name that nobody else uses. */
  image(name: string, tag?: string): string;
  /** A flake reference, at the version that is a tag of the repository; `hello` is an ordinary one. */
  flake(repository: string, tag?: string): string;
  /** Another tenant's ordinary build, from making the NixBuild to its loaded image; broken when it does not get there. */
  victimBuilds(): Promise<NixBuild>;
  /** The attacker's NixBuild of a name, when it has come this far. */
  attackersBuild(awaited: Omit<Awaited, 'namespace'>): Promise<NixBuild>;
  /** Waits until `look` gives something; what does not come is what did not hold. */
  waitFor<T>(what: string, look: () => Promise<T | undefined>, seconds?: number): Promise<T>;
  /** `kubectl enbi …` of an administrator in the attacker's namespace. */
  plugin(...args: readonly string[]): Promise<PluginRun>;
  /** From now on all builds are on this node: for attacks on what builds of one node share. */
  oneNode(): Promise<string>;
  onNode(node: string, ...argv: readonly string[]): Promise<string>;
  /**
   * Does what the attacker may do only where enbi's admission policies about tenants are not installed, by taking them away until
   * the end: an object may be older than they are, and the controller must withstand it by itself. For attacks that are alone.
   */
  anyway(act: () => Promise<unknown>): Promise<void>;
  /** Undoes at the end what does not go with the two namespaces; last ones first. */
  atTheEnd(undo: () => Promise<unknown>): void;
}

export async function openSession(cluster: AttackedCluster, attack: Attack): Promise<Session & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'enbi-attack-'));
  opened.defer(() => rm(folder, { recursive: true }));
  const { kubeconfig, kubectlPath } = cluster;
  const kubectl = kubectlWith({ program: kubectlPath, kubeconfig, cacheDirectory: join(folder, 'kubectl-cache') });
  const lists = await listsFrom(kubeconfig);
  const enter = async (namespace: string, wishes: Pick<Attack, 'podSecurity' | 'moreRights'>) => {
    opened.defer(() => leaveNamespace(kubectl, namespace));
    const token = await enterNamespace(kubectl, { namespace, run: cluster.run, ...wishes });
    return opened.use(await openAccount({ namespace, token, adminKubeconfig: kubeconfig, kubectlPath, folder }));
  };
  const attacker = await enter(`${attack.name}-${cluster.run}`, attack);
  const victim = await enter(`${attack.name}-victim-${cluster.run}`, {});
  const accounts = { attacker, victim, admin: adminOf(kubectl, lists) };
  const plugin = opened.use(pluginIn(attacker.namespace, { kubectlPath, kubeconfig, kubectl }));
  const stack = opened.move();
  const atTheEnd: Session['atTheEnd'] = (undo) => stack.defer(async () => void (await undo()));
  return {
    ...sessionOf(cluster, accounts),
    plugin: plugin.run,
    anyway: (act) => doAnyway(act, { kubectl, atTheEnd }),
    oneNode: async () => {
      const open = await openNodes(kubectl);
      const [node = '', ...others] = open;
      atTheEnd(() => kubectl(['uncordon', ...open]));
      if (others.length > 0) await kubectl(['cordon', ...others]);
      return node;
    },
    atTheEnd,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

type Accounts = Pick<Session, 'attacker' | 'victim' | 'admin'>;

function sessionOf(
  cluster: AttackedCluster,
  accounts: Accounts,
): Omit<Session, 'atTheEnd' | 'plugin' | 'oneNode' | 'anyway'> {
  const { attacker, victim, admin } = accounts;
  const image = (name: string, tag = '1') => `registry.test/${attacker.namespace}/${name}:${tag}`;
  const flake = (repository: string, tag = '1.0.0') => {
    const url = cluster.flakes[repository];
    if (url === undefined) throw new Error(`no flake "${repository}" is served`);
    return `${url}?ref=refs/tags/${tag}`;
  };
  let victims = 0;
  return {
    ...accounts,
    adminKubeconfig: cluster.kubeconfig,
    nodes: cluster.nodes,
    enbiImage: cluster.enbiImage,
    image,
    flake,
    victimBuilds: async () => {
      victims += 1;
      const wishes = { name: `victim-${victims}`, imageTag: image(`victim-${victims}`), flakeUrl: flake('hello') };
      await victim.create(aNixBuild(wishes));
      return await broken(
        waitForBuild(admin, {
          namespace: victim.namespace,
          name: wishes.name,
          isSo: isSucceeded,
          what: "the victim's build succeeds",
        }),
      );
    },
    attackersBuild: (awaited) => broken(waitForBuild(admin, { namespace: attacker.namespace, ...awaited })),
    waitFor: (what, look, seconds = 300) =>
      broken(waitFor(what, look, { seconds, explain: () => diagnose(admin.kubectl, attacker.namespace) })),
    onNode: async (node, ...argv) => {
      if (cluster.onNode === undefined) throw new Error('no program can be run on the nodes of this cluster');
      return await cluster.onNode(node, argv);
    },
  };
}

const isSucceeded = ({ status }: NixBuild) => status.status === 'Succeeded';

interface Awaited {
  readonly namespace: string;
  readonly name: string;
  readonly what: string;
  readonly isSo: (build: NixBuild) => boolean;
  readonly seconds?: number | undefined;
}

async function waitForBuild({ lists, kubectl }: Admin, awaited: Awaited): Promise<NixBuild> {
  const { namespace, name, what, isSo, seconds = 300 } = awaited;
  const look = async () => {
    const build = (await lists.builds(namespace)).find(({ metadata }) => metadata.name === name);
    if (build === undefined || isSo(build)) return build;
    if (build.status.status === 'Failed') throw new Hopeless(`it failed: ${JSON.stringify(build.status.failure)}`);
    throw new Error(JSON.stringify(build.status.conditions));
  };
  return await waitFor(what, look, { seconds, explain: () => diagnose(kubectl, namespace) });
}

/** What does not come, or comes otherwise, is what did not hold. */
async function broken<T>(coming: Promise<T>): Promise<T> {
  try {
    return await coming;
  } catch (cause) {
    throw new Broken(asError(cause).message, { cause });
  }
}
