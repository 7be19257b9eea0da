import type { ChosenEntries } from './chosen-entries.ts';
import type { KubeconfigUser } from './kubeconfig-schema.ts';

/** What kubectl refuses to go on with, by reading alone (client-go/tools/clientcmd/validation.go); empty: nothing. */
export function faultsOf({ cluster, user, clusterName, userName }: ChosenEntries): readonly string[] {
  const ofUser = [...certificateFaults(user), ...methodFaults(user), ...impersonationFaults(user)];
  return [
    ...twice(cluster, 'certificate-authority').map((fault) => `the kubeconfig's cluster "${clusterName}" ${fault}`),
    ...ofUser.map((fault) => `the kubeconfig's user "${userName}" ${fault}`),
  ];
}

function certificateFaults(user: KubeconfigUser): readonly string[] {
  if ((user['client-certificate'] ?? user['client-certificate-data']) === undefined) return [];
  const hasKey = (user['client-key'] ?? user['client-key-data']) !== undefined;
  const missing = hasKey ? [] : ['has a client-certificate and no client-key'];
  return [...twice(user, 'client-certificate'), ...twice(user, 'client-key'), ...missing];
}

function methodFaults({ token, tokenFile, username, password, exec, ...user }: KubeconfigUser): readonly string[] {
  const bothTold = (token ?? tokenFile) !== undefined && (username ?? password) !== undefined;
  const bothMade = exec != null && user['auth-provider'] != null;
  return [
    ...(bothTold ? ['has a token and a username or password: only one can be used'] : []),
    ...(bothMade ? ['has both exec and auth-provider: only one can be used'] : []),
  ];
}

function impersonationFaults(user: KubeconfigUser): readonly string[] {
  const { as, 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra } = user;
  if (as !== undefined || (uid === undefined && groups.length === 0 && Object.keys(extra).length === 0)) return [];
  return ['or a flag names a uid, groups or extra to impersonate and no user: write --as or as'];
}

function twice<Field extends string>(
  entry: Readonly<Partial<Record<Field | `${Field}-data`, unknown>>>,
  field: Field,
): readonly string[] {
  const both = entry[field] !== undefined && entry[`${field}-data`] !== undefined;
  return both ? [`has both ${field} and ${field}-data`] : [];
}
