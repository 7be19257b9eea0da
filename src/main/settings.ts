import { Command, InvalidArgumentError, Option } from 'commander';
import { isolations } from '../api/order.ts';
import type { NodeView } from '../cluster-view/node.ts';
import type { BuildSettings } from '../controllers/builds/settings.ts';
import { selects } from './label-selector.ts';

interface Options {
  readonly namespace: string;
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly substituters?: readonly string[];
  readonly trustedPublicKeys?: readonly string[];
  readonly isolation: BuildSettings['isolation'];
  readonly buildTimeout: number;
  readonly buildMaxSilent: number;
  readonly buildJobs: number;
  readonly buildCores: number;
  readonly buildCpu: string;
  readonly buildMemory: string;
  readonly buildMemoryLimit?: string;
  readonly maxAttempts: number;
  readonly nodeRepel?: string;
  readonly containerdSocket?: string;
  readonly stagedLimit: string;
  readonly kubeconfig?: string;
  readonly logLevel: string;
  readonly httpPort: number;
}

export interface ControllerSettings {
  readonly builds: BuildSettings;
  readonly kubeconfig: string | undefined;
  /** Where a Pod finds the API server; Kubernetes sets both in every container. */
  readonly apiServer: { readonly host: string; readonly port: string };
  readonly logLevel: string;
  readonly httpPort: number;
}

/** Every setting of the controller: a flag, or the environment variable that its help names. */
export function controllerCommand(
  environment: NodeJS.ProcessEnv,
  run: (settings: ControllerSettings) => Promise<void>,
): Command {
  const command = new Command('controller').description('watches the cluster and builds what its Pods wait for');
  for (const option of options) command.addOption(option);
  return command.action((parsed: Options) => run(settingsFrom(parsed, environment)));
}

const options: readonly Option[] = [
  setting('--namespace <name>', "enbi's own namespace, where import Jobs run").default('enbi'),
  setting('--image <name>', "enbi's own image, for its Jobs").makeOptionMandatory(),
  setting('--image-pull-policy <policy>', 'pull policy of the Jobs').default('IfNotPresent'),
  setting('--substituters <urls>', "binary caches, separated by spaces; empty: none; unset: Nix' own").argParser(words),
  setting('--trusted-public-keys <keys>', "keys of binary caches; unset: Nix' own").argParser(words),
  setting('--isolation <mode>', 'how builds are isolated')
    .choices(['Auto', ...isolations])
    .default('Auto'),
  setting('--build-timeout <seconds>', 'longest build of one derivation').default(7200).argParser(positive),
  setting('--build-max-silent <seconds>', 'longest silence of a build').default(1800).argParser(positive),
  setting('--build-jobs <count>', 'derivations built at once in one Job').default(2).argParser(positive),
  setting('--build-cores <count>', 'cores of one derivation; 0: all').default(0).argParser(whole),
  setting('--build-cpu <quantity>', 'CPU a build requests').default('100m'),
  setting('--build-memory <quantity>', 'memory a build requests').default('256Mi'),
  setting('--build-memory-limit <quantity>', 'memory a build may use; unset: what the node has'),
  setting('--max-attempts <count>', 'attempts before an infrastructure failure is final')
    .default(6)
    .argParser(positive),
  setting('--node-repel <selector>', 'label selector of nodes that build nothing'),
  setting('--containerd-socket <path>', 'on the nodes; unset: the known places are tried').argParser(absolute),
  setting('--staged-limit <quantity>', 'most that a stream script may write').default('33Gi'),
  setting('--kubeconfig <file>', 'outside a cluster; unset: the service account of the Pod'),
  setting('--log-level <level>', 'least severe line that is logged')
    .choices(['debug', 'info', 'warn', 'error'])
    .default('info'),
  setting('--http-port <port>', 'of /healthz, /readyz and /metrics').default(8080).argParser(whole),
];

/** `--build-jobs` is also read from ENBI_BUILD_JOBS. */
function setting(flags: string, description: string): Option {
  const name = /^--([a-z-]+)/.exec(flags)?.[1] ?? '';
  return new Option(flags, description).env(`ENBI_${name.toUpperCase().replaceAll('-', '_')}`);
}

function settingsFrom(given: Options, environment: NodeJS.ProcessEnv): ControllerSettings {
  const limits = given.buildMemoryLimit === undefined ? {} : { memory: given.buildMemoryLimit };
  return {
    kubeconfig: given.kubeconfig,
    apiServer: {
      host: environment.KUBERNETES_SERVICE_HOST ?? '',
      port: environment.KUBERNETES_SERVICE_PORT ?? '443',
    },
    logLevel: given.logLevel,
    httpPort: given.httpPort,
    builds: {
      namespace: given.namespace,
      image: given.image,
      pullPolicy: given.imagePullPolicy,
      substituters: given.substituters,
      trustedPublicKeys: given.trustedPublicKeys,
      isolation: given.isolation,
      timeoutSeconds: given.buildTimeout,
      maxSilentSeconds: given.buildMaxSilent,
      maxJobs: given.buildJobs,
      cores: given.buildCores,
      resources: { requests: { cpu: given.buildCpu, memory: given.buildMemory }, limits },
      socket: given.containerdSocket,
      stagedLimit: given.stagedLimit,
      maxAttempts: given.maxAttempts,
      repels: repelling(given.nodeRepel),
      tolerations: [],
    },
  };
}

function repelling(selector: string | undefined): (node: NodeView) => boolean {
  if (selector === undefined) return () => false;
  const matches = selects(selector);
  return (node) => matches(node.metadata.labels ?? {});
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('write a whole number.');
  return Number(text);
}

function positive(text: string): number {
  const number = whole(text);
  if (number === 0) throw new InvalidArgumentError('write a number above zero.');
  return number;
}

function absolute(text: string): string {
  if (!text.startsWith('/') || text.includes('..')) throw new InvalidArgumentError('write an absolute path.');
  return text;
}
