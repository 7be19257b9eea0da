import { UserError } from '../../errors.ts';
import type { AccessFlags } from './access-flags.ts';
import type { Kubeconfig } from './kubeconfig-files.ts';
import {
  emptyCluster,
  emptyUser,
  type KubeconfigCluster,
  type KubeconfigContext,
  type KubeconfigUser,
} from './kubeconfig-schema.ts';

/** What a context and the flags over it come to. */
export interface ChosenEntries {
  readonly cluster: KubeconfigCluster;
  readonly clusterName: string;
  readonly user: KubeconfigUser;
  /** Empty: the context names no user. */
  readonly userName: string;
  readonly hasUser: boolean;
  readonly namespace: string | undefined;
}

/** A name that a flag gives must be there; one that a context gives may be missing until it is needed. Throws `UserError`. */
export function chooseEntries(config: Kubeconfig, flags: AccessFlags): ChosenEntries {
  const contextName = flags.context || config.currentContext || '';
  const context = config.contexts.get(contextName);
  if (context === undefined && contextName !== '') throw missing(config, 'context', contextName);
  const clusterName = nameOf(config, 'cluster', { flag: flags.cluster, context });
  const userName = nameOf(config, 'user', { flag: flags.user, context });
  const user = config.users.get(userName);
  return {
    cluster: clusterWith(flags, config.clusters.get(clusterName) ?? emptyCluster),
    clusterName,
    user: userWith(flags, user ?? emptyUser),
    userName,
    hasUser: user !== undefined,
    namespace: context?.namespace,
  };
}

/** The flag's, else the context's. */
function nameOf(
  config: Kubeconfig,
  kind: 'cluster' | 'user',
  { flag, context }: { readonly flag: string | undefined; readonly context: KubeconfigContext | undefined },
): string {
  if (!flag) return context?.[kind] ?? '';
  if (!config[`${kind}s`].has(flag)) throw missing(config, kind, flag);
  return flag;
}

/** What kind of entry a kubeconfig lacks; the message names those there are. */
export function missing(config: Kubeconfig, kind: 'context' | 'cluster' | 'user', name: string): UserError {
  const names = [...config[`${kind}s`].keys()].toSorted().slice(0, 20);
  const there = names.length === 0 ? `it has no ${kind}s` : `${kind}s in it: ${names.join(', ')}`;
  const where = config.files.length === 0 ? 'the kubeconfig' : config.files.join(', ');
  return new UserError('InvalidKubeconfig', `${where} has no ${kind} ${name}; ${there}`);
}

/** Another server has another name; another authority, or none, stands for all that is said of authorities. */
function clusterWith(flags: AccessFlags, found: KubeconfigCluster): KubeconfigCluster {
  const { server, tlsServerName, insecureSkipTlsVerify = false, certificateAuthority, proxyUrl } = flags;
  return {
    ...found,
    server: server || found.server,
    'proxy-url': proxyUrl || found['proxy-url'],
    ...(server || tlsServerName ? { 'tls-server-name': tlsServerName || undefined } : {}),
    ...(insecureSkipTlsVerify || certificateAuthority
      ? {
          'insecure-skip-tls-verify': insecureSkipTlsVerify,
          'certificate-authority': certificateAuthority || undefined,
          'certificate-authority-data': undefined,
        }
      : {}),
  };
}

function userWith(flags: AccessFlags, found: KubeconfigUser): KubeconfigUser {
  const { token, clientCertificate, clientKey, asGroup = [], asUserExtra = [] } = flags;
  return {
    ...found,
    ...(token ? { token, tokenFile: undefined } : {}),
    ...(clientCertificate ? { 'client-certificate': clientCertificate, 'client-certificate-data': undefined } : {}),
    ...(clientKey ? { 'client-key': clientKey, 'client-key-data': undefined } : {}),
    username: flags.username || found.username,
    password: flags.password || found.password,
    as: flags.as || found.as,
    'as-uid': flags.asUid || found['as-uid'],
    'as-groups': asGroup.length > 0 ? [...asGroup] : found['as-groups'],
    'as-user-extra': { ...found['as-user-extra'], ...extraOf(asUserExtra) },
  };
}

/** `key=value` texts by their key; kubectl passes over those without `=`. */
function extraOf(texts: readonly string[]): Record<string, string[]> {
  const pairs = texts.filter((text) => text.includes('=')).map((text) => text.split(/=(.*)/s));
  const grouped = Map.groupBy(pairs, ([key = '']) => key);
  return Object.fromEntries([...grouped].map(([key, of]) => [key, of.map(([, value = '']) => value)]));
}
