import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createKubeClient } from '../adapters/kubernetes/client.ts';
import type { ClusterAccess } from '../adapters/kubernetes/cluster-access.ts';
import { inClusterConfig, inClusterOptions, podNamespace } from '../adapters/kubernetes/in-cluster.ts';
import { accessWith, loadKubeconfig, NoServerError } from '../adapters/kubernetes/kubeconfig.ts';
import { requestTimeoutMs } from '../adapters/kubernetes/request-timeout.ts';
import { UserError } from '../errors.ts';
import type { Connection, ConnectionOptions } from '../plugin/ports.ts';

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A credential plugin may ask. */
  readonly interactive: boolean;
  readonly version: string;
  /** Default: where the kubelet puts it. */
  readonly serviceAccountDirectory?: string;
}

/** Access as kubectl finds it: the flag, KUBECONFIG with one file or several, ~/.kube/config, else the Pod's service account. */
export async function connectAsKubectl(options: ConnectionOptions, surroundings: Surroundings): Promise<Connection> {
  const { environment, version, serviceAccountDirectory } = surroundings;
  const access = await accessTo(options, surroundings);
  const pod = inClusterOptions(environment, serviceAccountDirectory);
  const ofPod = pod === undefined ? undefined : podNamespace(environment, pod);
  return {
    client: createKubeClient(access, { userAgent: `kubectl-enbi/${version}`, ...deadlineOf(options) }),
    namespace: checked(options.namespace || access.namespace || ofPod || 'default'),
    server: access.server.href,
  };
}

async function accessTo(options: ConnectionOptions, surroundings: Surroundings): Promise<ClusterAccess> {
  const { environment, interactive, serviceAccountDirectory } = surroundings;
  const given = { ...options, environment, interactive };
  const files = filesFor(options, environment);
  try {
    return await loadKubeconfig(files, given);
  } catch (thrown) {
    if (!(thrown instanceof NoServerError)) throw thrown;
    const pod = inClusterOptions(environment, serviceAccountDirectory);
    // Which namespace, the environment may say; whoever connects looks.
    if (pod !== undefined) return { ...accessWith(given, await inClusterConfig(pod)), namespace: undefined };
    // As kubectl, but for its last resort, http://localhost:8080: who has no kubeconfig is told so instead.
    if (!environment.KUBERNETES_MASTER) throw thrown;
    return await loadKubeconfig(files, { ...given, server: environment.KUBERNETES_MASTER });
  }
}

function filesFor({ kubeconfig }: ConnectionOptions, environment: Surroundings['environment']): readonly string[] {
  if (kubeconfig && !existsSync(kubeconfig)) {
    throw new UserError('InvalidKubeconfig', `there is no kubeconfig at ${kubeconfig}`);
  }
  if (kubeconfig) return [kubeconfig];
  const { KUBECONFIG, HOME = homedir() } = environment;
  return KUBECONFIG ? KUBECONFIG.split(delimiter).filter((path) => path !== '') : [join(HOME, '.kube', 'config')];
}

function deadlineOf({ requestTimeout }: ConnectionOptions): { deadlineMs?: number } {
  return requestTimeout ? { deadlineMs: requestTimeoutMs(requestTimeout) } : {};
}

function checked(namespace: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)) return namespace;
  throw new UserError('InvalidName', `"${namespace}" is no name of a namespace`);
}
