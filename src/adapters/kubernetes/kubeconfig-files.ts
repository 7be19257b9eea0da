import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { asError, UserError } from '../../errors.ts';
import {
  type KubeconfigCluster,
  type KubeconfigContext,
  KubeconfigFile,
  type KubeconfigUser,
} from './kubeconfig-schema.ts';

export interface Kubeconfig {
  /** Of the files that were asked for, those that are there. */
  readonly files: readonly string[];
  readonly currentContext: string | undefined;
  readonly contexts: ReadonlyMap<string, KubeconfigContext>;
  readonly clusters: ReadonlyMap<string, KubeconfigCluster>;
  readonly users: ReadonlyMap<string, KubeconfigUser>;
}

export const noKubeconfig: Kubeconfig = {
  files: [],
  currentContext: undefined,
  contexts: new Map(),
  clusters: new Map(),
  users: new Map(),
};

/**
 * Several files read as one, as kubectl does with a list in KUBECONFIG: of entries of one name the first wins as a whole, and
 * files that are not there are passed over. What no context uses may be as wrong as it likes, as long as it can be read.
 */
export async function readKubeconfigs(paths: readonly string[]): Promise<Kubeconfig> {
  const read = await Promise.all(paths.map(readKubeconfig));
  const found = read.filter((config) => config !== undefined);
  const lastFirst = found.toReversed();
  return {
    files: found.map(({ path }) => path),
    currentContext: found.map((config) => config['current-context']).find((context) => context !== undefined),
    contexts: new Map(lastFirst.flatMap(({ contexts }) => contexts.map((each) => [each.name, each.context] as const))),
    clusters: new Map(lastFirst.flatMap(({ clusters }) => clusters.map((each) => [each.name, each.cluster] as const))),
    users: new Map(lastFirst.flatMap(({ users }) => users.map((each) => [each.name, each.user] as const))),
  };
}

type ReadFile = KubeconfigFile & { readonly path: string };

async function readKubeconfig(path: string): Promise<ReadFile | undefined> {
  try {
    const config = KubeconfigFile.parse(parseYaml(await readFile(path, 'utf8')) ?? {});
    for (const entries of [config.contexts, config.clusters, config.users]) refuseTwice(entries);
    return { ...withAbsolutePaths(config, dirname(path)), path };
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw new UserError('InvalidKubeconfig', `${path} is no readable kubeconfig: ${whyNot(thrown)}`, { cause: thrown });
  }
}

/** YAML 1.1, as kubectl reads it: `yes` is true, `<<` merges, of a key that stands twice the last one counts. Times are texts. */
function parseYaml(source: string): unknown {
  return parse(source, {
    version: '1.1',
    uniqueKeys: false,
    logLevel: 'error',
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:timestamp'),
  });
}

function refuseTwice(entries: readonly { readonly name: string }[]): void {
  const names = entries.map((entry) => entry.name);
  const twice = names.find((each, index) => names.indexOf(each) !== index);
  if (twice !== undefined) throw new Error(`two entries have the name "${twice}"`);
}

function whyNot(thrown: unknown): string {
  if (!(thrown instanceof z.ZodError)) return asError(thrown).message.split('\n')[0] ?? '';
  const [issue] = thrown.issues;
  return issue === undefined ? '' : `${issue.path.join('.') || 'it'}: ${issue.message}`;
}

/** Paths in a kubeconfig are relative to the file they stand in; a command without a slash is looked for in PATH. */
function withAbsolutePaths(config: KubeconfigFile, directory: string): KubeconfigFile {
  const absolute = (file: string | undefined) => (file === undefined ? undefined : resolve(directory, file));
  const command = (program: string) => (program.includes('/') ? resolve(directory, program) : program);
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
        exec: user.exec == null ? undefined : { ...user.exec, command: command(user.exec.command) },
      },
    })),
  };
}
