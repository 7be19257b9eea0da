import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { UserError } from '../../errors.ts';

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
  // Read in full when it is asked for: another user's may be of a version that is not known here.
  exec: z.looseObject({ command: z.string() }).nullish(),
  'auth-provider': z.unknown().optional(),
});
const Context = z.object({ cluster: z.string(), user: z.string().optional(), namespace: z.string().optional() });

/** Lists may be null: kubectl writes them so when they are empty. */
function listOf<T extends z.ZodType>(entry: T) {
  return z
    .array(entry)
    .nullish()
    .transform((list) => list ?? []);
}

const Kubeconfig = z.object({
  'current-context': z.string().optional(),
  contexts: listOf(z.object({ name: z.string(), context: Context })),
  clusters: listOf(z.object({ name: z.string(), cluster: Cluster })),
  users: listOf(z.object({ name: z.string(), user: User })),
});
export type Kubeconfig = z.infer<typeof Kubeconfig>;
export type KubeconfigCluster = z.infer<typeof Cluster>;
export type KubeconfigUser = z.infer<typeof User>;

/**
 * Several files read as one, as kubectl does with a list in KUBECONFIG: of entries of one name the first wins, and files
 * that are not there are passed over as long as one is.
 */
export async function readKubeconfigs(paths: readonly string[]): Promise<Kubeconfig> {
  const read = await Promise.all(paths.map(readKubeconfig));
  const found = read.filter((config) => config !== undefined);
  if (found.length === 0) throw new UserError('InvalidKubeconfig', `there is no kubeconfig at ${paths.join(', ')}`);
  return {
    'current-context': found.map((config) => config['current-context']).find((name) => (name ?? '') !== ''),
    contexts: found.flatMap(({ contexts }) => contexts),
    clusters: found.flatMap(({ clusters }) => clusters),
    users: found.flatMap(({ users }) => users),
  };
}

async function readKubeconfig(path: string): Promise<Kubeconfig | undefined> {
  try {
    return withAbsolutePaths(Kubeconfig.parse(parse(await readFile(path, 'utf8'))), dirname(path));
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw new UserError('InvalidKubeconfig', `${path} is no readable kubeconfig`, { cause: thrown });
  }
}

/** Paths in a kubeconfig are relative to the file they stand in; a command without a slash is looked for in PATH. */
function withAbsolutePaths(config: Kubeconfig, directory: string): Kubeconfig {
  const absolute = (file: string | undefined) => (file === undefined ? undefined : resolve(directory, file));
  const command = (text: string) => (text.includes('/') ? resolve(directory, text) : text);
  return {
    ...config,
    clusters: config.clusters.map(({ name, cluster }) => ({
      name,
      cluster: { ...cluster, 'certificate-authority': absolute(cluster['certificate-authority']) },
    })),
    users: config.users.map(({ name, user }) => ({
      name,
      user: {
        ...user,
        tokenFile: absolute(user.tokenFile),
        'client-certificate': absolute(user['client-certificate']),
        'client-key': absolute(user['client-key']),
        ...(user.exec == null ? {} : { exec: { ...user.exec, command: command(user.exec.command) } }),
      },
    })),
  };
}
