import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import type { ClusterAccess, TlsAccess } from './cluster-access.ts';
import { askExecPlugin, ExecPlugin } from './exec-credential.ts';
import { KeptCredential } from './kept-credential.ts';
import { type KubeconfigCluster, type KubeconfigUser, readKubeconfigs } from './kubeconfig-files.ts';
import { tokenFile } from './token-file.ts';

export interface KubeconfigOptions {
  /** Default: the current one. */
  readonly context?: string | undefined;
  /** For credential plugins. Default: nothing, so that a plugin must be named by its path. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** A credential plugin may ask whoever sits at the standard input. */
  readonly interactive?: boolean;
}

/** Access by a kubeconfig, or several read as one, and one of its contexts. Throws `UserError` when it does not say enough. */
export async function loadKubeconfig(
  paths: string | readonly string[],
  options: KubeconfigOptions = {},
): Promise<ClusterAccess> {
  const files = typeof paths === 'string' ? [paths] : paths;
  const config = await readKubeconfigs(files);
  const where = files.join(', ');
  const chosen = named(config.contexts, options.context ?? config['current-context'], 'context', where).context;
  const { cluster } = named(config.clusters, chosen.cluster, 'cluster', where);
  const user = chosen.user === undefined ? {} : named(config.users, chosen.user, 'user', where).user;
  return {
    server: new URL(cluster.server),
    namespace: chosen.namespace,
    ...(await credentialsOf(user, await tlsAccess(cluster, user), options, cluster)),
  };
}

/** Access by the service account of the Pod this runs in. Its host and port are what the kubelet put into the environment. */
export async function inClusterConfig(options: InClusterOptions): Promise<ClusterAccess> {
  const { host, port, directory = '/var/run/secrets/kubernetes.io/serviceaccount' } = options;
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    tls: { ca: await readFile(join(directory, 'ca.crt'), 'utf8') },
    bearerToken: tokenFile(join(directory, 'token')),
    namespace: (await readFile(join(directory, 'namespace'), 'utf8')).trim(),
  };
}

export interface InClusterOptions {
  /** KUBERNETES_SERVICE_HOST */
  readonly host: string;
  /** KUBERNETES_SERVICE_PORT */
  readonly port: string;
  readonly directory?: string;
}

function named<T extends { readonly name: string }>(
  entries: readonly T[],
  name: string | undefined,
  what: string,
  where: string,
): T {
  const found = entries.find((entry) => entry.name === name);
  if (found === undefined)
    throw new UserError('InvalidKubeconfig', `${where} has no ${what} ${name ?? '(none is current)'}`);
  return found;
}

/** A token in the file wins over one that a program would make, as in kubectl. */
async function credentialsOf(
  user: KubeconfigUser,
  tls: TlsAccess,
  options: KubeconfigOptions,
  cluster: KubeconfigCluster,
): Promise<Pick<ClusterAccess, 'tls' | 'bearerToken' | 'tokenRefused'>> {
  const { token, exec } = user;
  if (token !== undefined) return { tls, bearerToken: () => token };
  if (user.tokenFile !== undefined) return { tls, bearerToken: tokenFile(user.tokenFile) };
  if (user['auth-provider'] !== undefined) {
    const advice = 'write an exec credential plugin instead (kubectl dropped auth-provider in 1.26)';
    throw new UserError('UnsupportedKubeconfig', `the kubeconfig's user has an auth-provider; ${advice}`);
  }
  if (exec == null) return { tls };
  const { environment = {}, interactive = false } = options;
  const context = { environment, interactive, cluster: clusterInfo(cluster, tls) };
  const plugin = execPluginOf(exec);
  const kept = new KeptCredential(() => askExecPlugin(plugin, context));
  // A certificate is part of every connection, so it has to be there before the first one.
  const { cert = tls.cert, key = tls.key } = await kept.get();
  return {
    tls: { ...tls, cert, key },
    bearerToken: async () => (await kept.get()).token,
    tokenRefused: () => kept.forget(),
  };
}

function execPluginOf(exec: object): ExecPlugin {
  const plugin = ExecPlugin.safeParse(exec);
  if (plugin.success) return plugin.data;
  const advice = 'apiVersion client.authentication.k8s.io/v1 or v1beta1, and a command; write the kubeconfig anew';
  throw new UserError('InvalidKubeconfig', `the kubeconfig's credential plugin must have ${advice}`, {
    cause: plugin.error,
  });
}

/** As a credential plugin with `provideClusterInfo` is told it. */
function clusterInfo(cluster: KubeconfigCluster, { ca }: TlsAccess): object {
  return {
    server: cluster.server,
    ...(cluster['tls-server-name'] === undefined ? {} : { 'tls-server-name': cluster['tls-server-name'] }),
    ...(cluster['insecure-skip-tls-verify'] === true ? { 'insecure-skip-tls-verify': true } : {}),
    ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
  };
}

async function tlsAccess(cluster: KubeconfigCluster, user: KubeconfigUser): Promise<TlsAccess> {
  return {
    ca: await pem(cluster['certificate-authority-data'], cluster['certificate-authority']),
    cert: await pem(user['client-certificate-data'], user['client-certificate']),
    key: await pem(user['client-key-data'], user['client-key']),
    servername: cluster['tls-server-name'],
    rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
  };
}

/** Inline data wins over a file, as in kubectl. */
async function pem(data: string | undefined, file: string | undefined): Promise<string | undefined> {
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  return file === undefined ? undefined : await readFile(file, 'utf8');
}
