import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createKubeClient } from '../adapters/kubernetes/client.ts';
import type { ClusterAccess } from '../adapters/kubernetes/cluster-access.ts';
import { inClusterConfig, loadKubeconfig } from '../adapters/kubernetes/kubeconfig.ts';
import { UserError } from '../errors.ts';
import type { Connection, ConnectionOptions } from '../plugin/ports.ts';

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A credential plugin may ask. */
  readonly interactive: boolean;
  readonly version: string;
}

/** Access as kubectl finds it: the flag, KUBECONFIG with one file or several, ~/.kube/config, else the Pod's service account. */
export async function connectAsKubectl(options: ConnectionOptions, surroundings: Surroundings): Promise<Connection> {
  const access = await accessTo(options, surroundings);
  return {
    client: createKubeClient(access, { userAgent: `kubectl-enbi/${surroundings.version}` }),
    namespace: checked(options.namespace ?? access.namespace ?? 'default'),
    server: access.server.href,
  };
}

async function accessTo(
  options: ConnectionOptions,
  { environment, interactive }: Surroundings,
): Promise<ClusterAccess> {
  const given = { context: options.context, environment, interactive };
  if (options.kubeconfig !== undefined) return await loadKubeconfig(options.kubeconfig, given);
  const listed = (environment.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  if (listed.length > 0) return await loadKubeconfig(listed, given);
  const host = environment.KUBERNETES_SERVICE_HOST;
  try {
    return await loadKubeconfig(join(environment.HOME ?? homedir(), '.kube', 'config'), given);
  } catch (thrown) {
    if (host === undefined || options.context !== undefined) throw thrown;
    return await inClusterConfig({ host, port: environment.KUBERNETES_SERVICE_PORT ?? '443' });
  }
}

function checked(namespace: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)) return namespace;
  throw new UserError('InvalidName', `"${namespace}" is no name of a namespace`);
}
