import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { UserError } from '../src/errors.ts';
import { runProgram } from '../tools/run-program.ts';
import { type Cluster, commandInNode, down, find, up } from './cluster.ts';
import { containerdNames, kubernetesNames, type Wishes } from './flavour.ts';
import { howToUse } from './how-to-use.ts';
import { layoutNames } from './node/layout.ts';
import { describe } from './status.ts';

const report = (line: string) => void process.stderr.write(`${line}\n`);
const named = (command: Command) => command.option('--name <name>', 'name of the cluster', 'enbi');

interface Named {
  readonly name: string;
}

interface Up extends Named, Wishes {
  readonly install?: true;
}

const program = new Command('cluster').description(
  'A real Kubernetes on this Linux machine, for trying and testing enbi.',
);

named(program.command('up'))
  .description('start a cluster, or find it running; prints the path of its kubeconfig')
  .option('--nodes <count>', 'how many nodes, 1 if not said; 0 gives etcd and the API server alone', count)
  .addOption(new Option('--layout <name>', 'where containerd and the kubelet keep their things').choices(layoutNames))
  .addOption(new Option('--kubernetes <name>', 'which of the pinned versions').choices(kubernetesNames))
  .addOption(new Option('--containerd <name>', "the pinned version, or a Debian's own").choices(containerdNames))
  .option('--install', 'also build enbi and install it, and wait until its controller is available')
  .action(async ({ install, ...wishes }: Up) => {
    const cluster = await up({ ...wishes, report });
    if (install) await installEnbi(cluster);
    report(['to use it:', ...howToUse(cluster)].join('\n  '));
    process.stdout.write(`${cluster.kubeconfig}\n`);
  });

named(program.command('exec'))
  .description("run a program in a node's namespaces, as root")
  .argument('<node>')
  .argument('<command...>')
  .action(async (node: string, argv: string[], { name }: Named) => {
    process.exitCode = await passThrough(await commandInNode(name, node, argv));
  });

named(program.command('kill'))
  .description('end a node from one moment to the next, as a power cut would')
  .argument('<node>')
  .action(async (node: string, { name }: Named) => await (await existing(name)).kill(node));

named(program.command('start'))
  .description('start a node that was killed and wait until it is Ready')
  .argument('<node>')
  .action(async (node: string, { name }: Named) => await (await existing(name)).start(node));

named(program.command('load'))
  .description('import a docker or OCI archive into every node')
  .argument('<archive>')
  .action(async (archive: string, { name }: Named) => await (await existing(name)).load(archive));

named(program.command('status'))
  .description('what of a cluster is running')
  .action(async ({ name }: Named) => void process.stdout.write(await describe(name)));

named(program.command('down'))
  .description('remove a cluster and everything it has on this machine')
  .action(async ({ name }: Named) => await down(name, report));

async function existing(name: string): Promise<Cluster> {
  const cluster = await find(name);
  if (cluster !== undefined) return cluster;
  throw new UserError('NoCluster', `no cluster "${name}" is up; start it with: npm run cluster -- up --name ${name}`);
}

/** Loaded on demand: everything but --install works without enbi's image. */
async function installEnbi(cluster: Cluster): Promise<void> {
  const { install } = await import('./install.ts');
  await install(cluster, report);
}

function passThrough(argv: readonly string[]): Promise<number> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  });
}

function count(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a number is needed');
}

await runProgram(() => program.parseAsync());
