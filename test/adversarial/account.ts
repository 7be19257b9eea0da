import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { createKubeClient } from '../../src/adapters/kubernetes/client.ts';
import { loadKubeconfig } from '../../src/adapters/kubernetes/kubeconfig.ts';
import type { KubeClient } from '../../src/runtime/kube-client.ts';
import type { Kubectl } from '../support/git-server.ts';
import { kubectlWith } from '../support/kubectl.ts';
import { type KindName, typeOf } from './resource-types.ts';

/** As in a Role. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** What people may do in a namespace of their own: what kubectl-enbi.md asks for, and what anybody who runs Pods has. */
export const tenantRules: readonly Rule[] = [
  {
    apiGroups: ['enbi.hrzn.ee'],
    resources: ['nixbuilds'],
    verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
  },
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  { apiGroups: [''], resources: ['pods/exec'], verbs: ['create', 'get'] },
  { apiGroups: [''], resources: ['events'], verbs: ['get', 'list'] },
  {
    apiGroups: [''],
    resources: ['secrets', 'configmaps', 'persistentvolumeclaims'],
    verbs: ['get', 'list', 'create', 'patch', 'delete'],
  },
  { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get', 'list', 'create', 'patch', 'delete'] },
];

/** A namespace as its service account sees it. What the API server refuses is thrown in its words. */
export interface Account extends Disposable {
  readonly namespace: string;
  /** With this account's token, in its namespace. */
  kubectl: Kubectl;
  /** For thousands of requests: one connection instead of a process each. */
  readonly client: KubeClient;
  /** Its kubeconfig, for other programs. */
  readonly kubeconfig: string;
  /** Makes an object of a kind in resource-types.ts, in its own namespace unless the object says another. */
  create(object: object): Promise<void>;
  patch(kind: KindName, name: string, patch: object, subresource?: 'status'): Promise<void>;
  remove(kind: KindName, name: string): Promise<void>;
}

interface Place {
  readonly namespace: string;
  readonly token: string;
  /** An administrator's, for where the cluster is. */
  readonly adminKubeconfig: string;
  readonly kubectlPath: string;
  readonly folder: string;
}

const Clusters = z.object({ clusters: z.array(z.unknown()).min(1) });

export async function openAccount({ namespace, token, folder, ...how }: Place): Promise<Account> {
  const kubeconfig = join(folder, `${namespace}.yaml`);
  await writeFile(kubeconfig, await tokenKubeconfig(how.adminKubeconfig, namespace, token), { mode: 0o600 });
  const access = await loadKubeconfig(kubeconfig);
  const client = createKubeClient(access, { userAgent: 'enbi-attack' });
  return {
    namespace,
    kubeconfig,
    client,
    kubectl: kubectlWith({ program: how.kubectlPath, kubeconfig, cacheDirectory: join(folder, 'kubectl-cache') }),
    create: async (object) => void (await client.create(typeOf(object), namespace, object)),
    patch: async (kind, name, patch, subresource) =>
      void (await client.patch(typeOf({ kind }), { namespace, name }, patch, { subresource })),
    remove: async (kind, name) =>
      void (await client.delete(typeOf({ kind }), { namespace, name }, { propagation: 'Background' })),
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

async function tokenKubeconfig(adminKubeconfig: string, namespace: string, token: string): Promise<string> {
  const { clusters } = Clusters.parse(parse(await readFile(adminKubeconfig, 'utf8')));
  const [cluster] = clusters;
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ ...z.looseObject({}).parse(cluster), name: 'attacked' }],
    users: [{ name: 'user', user: { token } }],
    contexts: [{ name: 'user', context: { cluster: 'attacked', user: 'user', namespace } }],
    'current-context': 'user',
  });
}
