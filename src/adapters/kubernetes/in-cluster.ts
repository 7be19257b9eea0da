import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterAccess } from './cluster-access.ts';
import { tokenFile } from './token-file.ts';

/** Where the kubelet puts a Pod's service account. */
export const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface InClusterOptions {
  /** KUBERNETES_SERVICE_HOST */
  readonly host: string;
  /** KUBERNETES_SERVICE_PORT */
  readonly port: string;
  readonly directory?: string | undefined;
}

/** Access by the service account of the Pod this runs in. Its host and port are what the kubelet put into the environment. */
export async function inClusterConfig(options: InClusterOptions): Promise<ClusterAccess> {
  const { host, port, directory = serviceAccountDirectory } = options;
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    tls: { ca: await readFile(join(directory, 'ca.crt'), 'utf8') },
    bearerToken: tokenFile(join(directory, 'token')),
    namespace: (await readFile(join(directory, 'namespace'), 'utf8')).trim(),
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** How to reach the API server as the Pod this runs in, if it runs in one. */
export function inClusterOptions(environment: Environment, directory?: string): InClusterOptions | undefined {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = environment;
  const token = join(directory ?? serviceAccountDirectory, 'token');
  const isPossible = host !== '' && port !== '' && statSync(token, { throwIfNoEntry: false })?.isFile() === true;
  return isPossible ? { host, port, directory } : undefined;
}

/** The Pod's own namespace; kubectl takes it also where a kubeconfig leads to another cluster and names none. */
export function podNamespace({ POD_NAMESPACE }: Environment, { directory }: InClusterOptions): string | undefined {
  if (POD_NAMESPACE) return POD_NAMESPACE;
  try {
    return readFileSync(join(directory ?? serviceAccountDirectory, 'namespace'), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
