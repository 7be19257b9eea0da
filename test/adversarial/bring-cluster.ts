import { randomBytes } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { claimCluster } from '../../cluster/claim.ts';
import { type Cluster, find, up } from '../../cluster/cluster.ts';
import { install } from '../../cluster/install.ts';
import { UserError } from '../../src/errors.ts';
import { prepareRealParts, whyNoRealParts } from '../runner/real-parts.ts';
import { deployGitServer, type Kubectl } from '../support/git-server.ts';
import { kubectlWith } from '../support/kubectl.ts';
import { attackRepositories } from './flakes.ts';
import type { AttackedCluster } from './session.ts';

interface Wishes {
  /** Of a cluster that has enbi; the embedded one is brought up and gets it when there is none. */
  readonly kubeconfig?: string | undefined;
  /** Of the embedded one. */
  readonly name: string;
  readonly keep: boolean;
  readonly report: (line: string) => void;
}

/** A cluster to attack, with the flakes served in it. Disposing of it removes what was brought. */
export async function bringCluster(wishes: Wishes): Promise<AttackedCluster & AsyncDisposable> {
  await using brought = new AsyncDisposableStack();
  const { cluster, ...target } = await (wishes.kubeconfig === undefined
    ? embedded(wishes, brought)
    : existing(wishes.kubeconfig));
  const run = randomBytes(2).toString('hex');
  const kubectl = kubectlWith({ program: target.kubectlPath, kubeconfig: target.kubeconfig });
  const flakes = await serve(kubectl, { run, image: target.enbiImage }, brought);
  const stack = brought.move();
  return {
    ...target,
    ...(cluster === undefined ? {} : { onNode: (node, argv) => runOn(cluster, node, argv) }),
    run,
    flakes,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

type Target = Omit<AttackedCluster, 'flakes' | 'run'> & { readonly cluster: Cluster | undefined };

async function embedded({ name, keep, report }: Wishes, brought: AsyncDisposableStack): Promise<Target> {
  const reason = whyNoRealParts();
  if (reason !== undefined) throw new UserError('MachineUnsuitable', `${reason}; or name a cluster with --kubeconfig`);
  await prepareRealParts(report);
  brought.use(await claimCluster(name, 'or give another --name'));
  const cluster = await up({ name, nodes: 2, report });
  if (!keep) brought.defer(() => cluster.down());
  // Its nodes reach no binary caches, and asking costs every build some seconds.
  const enbiImage = await install(cluster, report, {
    ENBI_SUBSTITUTERS: '',
    ENBI_JOB_TTL_AFTER_SUCCESS: '0',
    ENBI_BUILDER_IDLE: '0',
  });
  const { kubeconfig, kubectlPath, nodes } = cluster;
  return { cluster, kubeconfig, kubectlPath, nodes, enbiImage };
}

async function existing(kubeconfig: string): Promise<Target> {
  // An embedded cluster's lies in a directory of the cluster's name.
  const cluster = await find(basename(dirname(kubeconfig))).catch(() => undefined);
  const kubectlPath = cluster?.kubectlPath ?? 'kubectl';
  const kubectl = kubectlWith({ program: kubectlPath, kubeconfig });
  const read = (jsonpath: string, ...what: readonly string[]) =>
    kubectl(['get', ...what, `--output=jsonpath=${jsonpath}`]);
  const nodes = (await read('{.items[*].metadata.name}', 'nodes')).split(' ');
  const image = '{.spec.template.spec.containers[0].image}';
  const enbiImage = await read(image, 'deployment', '--namespace=enbi', 'enbi-controller');
  return { cluster, kubeconfig, kubectlPath, nodes, enbiImage };
}

async function serve(kubectl: Kubectl, { run, image }: { run: string; image: string }, brought: AsyncDisposableStack) {
  const repositories = await attackRepositories();
  const namespace = `enbi-attack-${run}`;
  brought.defer(async () => void (await kubectl(['delete', 'namespace', namespace, '--wait=false'])));
  const server = await deployGitServer(kubectl, { namespace, image, repositories });
  return Object.fromEntries(Object.keys(repositories).map((repository) => [repository, server.url(repository)]));
}

async function runOn(cluster: Cluster, node: string, argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.exec(node, argv);
  if (code !== 0) throw new Error(`${argv.join(' ')}: exit code ${code}: ${stderr}`);
  return stdout;
}
