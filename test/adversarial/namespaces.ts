import * as z from 'zod';
import type { Kubectl } from '../support/git-server.ts';
import { tenantRules } from './account.ts';
import type { Attack } from './attack.ts';

export interface NamespaceWishes extends Pick<Attack, 'podSecurity' | 'moreRights'> {
  readonly namespace: string;
  readonly run: string;
}

/** Attackers keep objects from going by finalizers that begin like this. */
export const foreignFinalizer = 'attack.example/stays';

/** On every namespace of the attacks, with the run that made it. */
const runLabel = 'enbi-attack-run';

/** Makes a namespace with a service account that has a tenant's rights in it, and gives a token of it. */
export async function enterNamespace(kubectl: Kubectl, wishes: NamespaceWishes): Promise<string> {
  const { namespace } = wishes;
  await kubectl(['apply', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects(wishes) }));
  return (await kubectl(['--namespace', namespace, 'create', 'token', 'user', '--duration=2h'])).trim();
}

function objects({ namespace, run, podSecurity = 'restricted', moreRights = [] }: NamespaceWishes): object[] {
  const here = { namespace, name: 'user' };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'user' };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const labels = { [runLabel]: run, 'pod-security.kubernetes.io/enforce': podSecurity };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: here },
    { apiVersion, kind: 'Role', metadata: here, rules: [...tenantRules, ...moreRights] },
    { apiVersion, kind: 'RoleBinding', metadata: here, roleRef, subjects: [{ kind: 'ServiceAccount', ...here }] },
  ];
}

const Kept = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      metadata: z.object({ name: z.string(), finalizers: z.array(z.string()).default([]) }),
    }),
  ),
});

/** Begins to delete the namespace, and takes off what an attacker keeps its objects with; does not wait for the end. */
export async function leaveNamespace(kubectl: Kubectl, namespace: string): Promise<void> {
  await kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
  const here = ['--namespace', namespace];
  const kinds = 'nixbuilds,pods,jobs,persistentvolumeclaims';
  const { items } = Kept.parse(JSON.parse(await kubectl([...here, 'get', kinds, '--output=json'])));
  for (const { kind, metadata } of items) {
    if (!metadata.finalizers.includes(foreignFinalizer)) continue;
    const finalizers = metadata.finalizers.filter((name) => name !== foreignFinalizer);
    const patch = JSON.stringify({ metadata: { finalizers } });
    await kubectl([...here, 'patch', kind, metadata.name, '--type=merge', `--patch=${patch}`]).catch(() => undefined);
  }
}
