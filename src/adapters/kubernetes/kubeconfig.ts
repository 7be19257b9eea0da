import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import type { ClusterAccess, TlsAccess } from './cluster-access.ts';
import { tokenFile } from './token-file.ts';

/** Access by a kubeconfig file and one of its contexts (by default the current one). Throws `UserError` when it does not say enough. */
export async function loadKubeconfig(path: string, context?: string): Promise<ClusterAccess> {
  const config = await readKubeconfig(path);
  const contextName = context ?? config['current-context'];
  const chosen = named(config.contexts, contextName, 'context', path).context;
  const { cluster } = named(config.clusters, chosen.cluster, 'cluster', path);
  const user = chosen.user === undefined ? {} : named(config.users, chosen.user, 'user', path).user;
  if (user.exec !== undefined || user['auth-provider'] !== undefined) {
    throw new UserError(
      'UnsupportedKubeconfig',
      `${path}: user ${chosen.user} needs a credential plugin; use a token or a client certificate`,
    );
  }
  const bearerToken = tokenOf(user, path);
  return {
    server: new URL(cluster.server),
    tls: await tlsAccess(cluster, user, path),
    ...(bearerToken && { bearerToken }),
    namespace: chosen.namespace,
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

const Cluster = z.object({
  server: z.url(),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': z.string().optional(),
});
const User = z.object({
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.string().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.string().optional(),
  exec: z.unknown().optional(),
  'auth-provider': z.unknown().optional(),
});
const Context = z.object({
  cluster: z.string(),
  user: z.string().optional(),
  namespace: z.string().optional(),
});
const Kubeconfig = z.object({
  'current-context': z.string().optional(),
  contexts: z.array(z.object({ name: z.string(), context: Context })),
  clusters: z.array(z.object({ name: z.string(), cluster: Cluster })),
  users: z.array(z.object({ name: z.string(), user: User })).default([]),
});

async function readKubeconfig(path: string): Promise<z.infer<typeof Kubeconfig>> {
  try {
    return Kubeconfig.parse(parse(await readFile(path, 'utf8')));
  } catch (thrown) {
    throw new UserError('InvalidKubeconfig', `${path} is no readable kubeconfig`, { cause: thrown });
  }
}

function named<T extends { readonly name: string }>(
  entries: readonly T[],
  name: string | undefined,
  what: string,
  path: string,
): T {
  const found = entries.find((entry) => entry.name === name);
  if (found === undefined)
    throw new UserError('InvalidKubeconfig', `${path} has no ${what} ${name ?? '(none is current)'}`);
  return found;
}

function tokenOf(user: z.infer<typeof User>, path: string): (() => string) | undefined {
  const { token } = user;
  if (token !== undefined) return () => token;
  return user.tokenFile === undefined ? undefined : tokenFile(besides(path, user.tokenFile));
}

async function tlsAccess(
  cluster: z.infer<typeof Cluster>,
  user: z.infer<typeof User>,
  path: string,
): Promise<TlsAccess> {
  return {
    ca: await pem(cluster['certificate-authority-data'], cluster['certificate-authority'], path),
    cert: await pem(user['client-certificate-data'], user['client-certificate'], path),
    key: await pem(user['client-key-data'], user['client-key'], path),
    servername: cluster['tls-server-name'],
    rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
  };
}

/** Inline data wins over a file, as in kubectl. */
async function pem(data: string | undefined, file: string | undefined, path: string): Promise<string | undefined> {
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  return file === undefined ? undefined : await readFile(besides(path, file), 'utf8');
}

/** Paths in a kubeconfig are relative to the kubeconfig. */
function besides(path: string, file: string): string {
  return resolve(dirname(path), file);
}
