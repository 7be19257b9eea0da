import { UserError } from '../../errors.ts';
import type { AccessFlags } from './access-flags.ts';
import { type ChosenEntries, chooseEntries, missing } from './chosen-entries.ts';
import type { ClusterAccess, TlsAccess } from './cluster-access.ts';
import { impersonationHeaders } from './impersonation.ts';
import { faultsOf } from './kubeconfig-faults.ts';
import { type Kubeconfig, noKubeconfig, readKubeconfigs } from './kubeconfig-files.ts';
import type { KubeconfigCluster, KubeconfigUser } from './kubeconfig-schema.ts';
import { readNamed } from './named-file.ts';
import { proxyFor } from './proxy.ts';
import { serverUrl } from './server-url.ts';
import { credentialOf } from './user-credential.ts';

export interface KubeconfigOptions extends AccessFlags {
  /** For credential plugins and proxies. Default: nothing, so that a plugin must be named by its path. */
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
  const chosen = chooseEntries(config, options);
  if (chosen.cluster.server === undefined) throw noServer(config, chosen, files);
  return await accessBy(config, chosen, options);
}

/** The same access with what flags say of who asks: a Pod's own account is not used where another was named. */
export function accessWith(flags: KubeconfigOptions, access: ClusterAccess): ClusterAccess {
  const chosen = chooseEntries(noKubeconfig, flags);
  refuseFaults(chosen);
  const { token } = chosen.user;
  return {
    ...access,
    proxy: proxyFor(access.server, chosen.cluster['proxy-url'], flags.environment ?? {}),
    headers: impersonationHeaders(chosen.user),
    ...(token === undefined ? {} : { bearerToken: () => token }),
  };
}

/** Nothing names a server: kubectl would turn to the Pod it runs in, and then to localhost. */
export class NoServerError extends UserError {}

function noServer(config: Kubeconfig, { clusterName }: ChosenEntries, files: readonly string[]): UserError {
  const [first] = [...config.contexts.keys()].toSorted();
  const where = config.files.join(', ');
  if (config.files.length === 0) {
    return new NoServerError(
      'InvalidKubeconfig',
      `there is no kubeconfig${files.length === 0 ? '' : ` at ${files.join(', ')}`}`,
    );
  }
  if (clusterName === '') {
    const what =
      first === undefined ? `${where} has no contexts` : `${where} has no current context: write --context ${first}`;
    return new NoServerError('InvalidKubeconfig', what);
  }
  const found = config.clusters.has(clusterName);
  const { message } = missing(config, 'cluster', clusterName);
  return new NoServerError(
    'InvalidKubeconfig',
    found ? `the cluster ${clusterName} of ${where} has no server` : message,
  );
}

async function accessBy(config: Kubeconfig, chosen: ChosenEntries, options: KubeconfigOptions): Promise<ClusterAccess> {
  const { cluster, user, namespace } = chosen;
  const { environment = {}, interactive = false } = options;
  refuseFaults(chosen);
  const server = serverUrl(cluster.server ?? '');
  const proxy = proxyFor(server, cluster['proxy-url'], environment);
  const who = impersonationHeaders(user);
  // As kubectl: whatever proves who asks is not shown on a wire that anybody can read.
  if (server.protocol === 'http:') return { server, proxy, namespace, tls: {}, headers: who };
  if (!chosen.hasUser && chosen.userName !== '') throw missing(config, 'user', chosen.userName);
  const tls = await tlsAccess(cluster, user);
  const told = { environment, interactive, cluster: clusterInfo(cluster, tls) };
  const { headers, ...credential } = await credentialOf(user, tls, told);
  return { server, proxy, namespace, ...credential, headers: { ...headers, ...who } };
}

function refuseFaults(chosen: ChosenEntries): void {
  const faults = faultsOf(chosen);
  if (faults.length > 0) throw new UserError('InvalidKubeconfig', faults.join('; '));
}

/** As a credential plugin with `provideClusterInfo` is told it. */
function clusterInfo(cluster: KubeconfigCluster, { ca }: TlsAccess): object {
  const config = cluster.extensions.find(({ name }) => name === 'client.authentication.k8s.io/exec')?.extension;
  const given = {
    server: cluster.server,
    'tls-server-name': cluster['tls-server-name'],
    'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'] || undefined,
    'certificate-authority-data': ca === undefined ? undefined : Buffer.from(ca).toString('base64'),
    'proxy-url': cluster['proxy-url'],
    'disable-compression': cluster['disable-compression'] || undefined,
    config,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

async function tlsAccess(cluster: KubeconfigCluster, user: KubeconfigUser): Promise<TlsAccess> {
  const ca = await pem(cluster, 'certificate-authority');
  const isInsecure = cluster['insecure-skip-tls-verify'];
  if (isInsecure && ca !== undefined) {
    const what = 'the kubeconfig has a certificate-authority and says insecure-skip-tls-verify: remove one of them';
    throw new UserError('InvalidKubeconfig', what);
  }
  return {
    ca,
    cert: await pem(user, 'client-certificate'),
    key: await pem(user, 'client-key'),
    servername: cluster['tls-server-name'],
    rejectUnauthorized: !isInsecure,
  };
}

async function pem<Field extends string>(
  entry: Readonly<Record<Field | `${Field}-data`, string | undefined>>,
  field: Field,
): Promise<string | undefined> {
  const file = entry[field];
  return entry[`${field}-data`] ?? (file === undefined ? undefined : await readNamed(file, `${field} ${file}`));
}
