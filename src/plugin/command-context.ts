import type { Command } from 'commander';
import { quoted, spelledFlags } from './connection-flags.ts';
import type { OutputFormat } from './output.ts';
import { plainAnswers } from './plain-answers.ts';
import type { Connection, ConnectionOptions, PluginPorts } from './ports.ts';

export interface GlobalOptions extends ConnectionOptions {
  readonly enbiNamespace: string;
}

/** What a command works with: the world, the cluster, and where enbi is in it. */
export interface CommandContext extends PluginPorts, Connection {
  readonly enbiNamespace: string;
  /** What to call this program in advice: with the flags that lead to the same place. */
  readonly self: string;
  /** The same flags for kubectl itself; empty, or with a space at the end. */
  readonly flags: string;
  /** Both without a namespace, for commands that name theirs or need none. */
  readonly ofCluster: { readonly self: string; readonly kubectl: string };
}

export async function contextOf(ports: PluginPorts, command: Command): Promise<CommandContext> {
  const options = command.optsWithGlobals<GlobalOptions & { output?: OutputFormat }>();
  const { enbiNamespace, output = 'text' } = options;
  const connection = await ports.connect(options);
  return {
    ...ports,
    ...connection,
    client: plainAnswers(connection.client),
    screen: output === 'text' ? ports.screen : ports.aside,
    enbiNamespace,
    ...spellingsOf(options, enbiNamespace),
  };
}

function spellingsOf(
  options: ConnectionOptions,
  enbiNamespace: string,
): Pick<CommandContext, 'self' | 'flags' | 'ofCluster'> {
  const ofKubectl = spelledFlags(options);
  const { namespace: _, ...others } = options;
  const ofCluster = spelledFlags(others);
  const own = enbiNamespace === defaultEnbiNamespace ? [] : [`--enbi-namespace ${quoted(enbiNamespace)}`];
  // After the verb would do as well; before it they can be copied as they stand.
  return {
    self: ['kubectl enbi', ...ofKubectl, ...own].join(' '),
    flags: ofKubectl.map((flag) => `${flag} `).join(''),
    ofCluster: {
      self: ['kubectl enbi', ...ofCluster, ...own].join(' '),
      kubectl: ['kubectl', ...ofCluster].join(' '),
    },
  };
}

export const defaultEnbiNamespace = 'enbi';
