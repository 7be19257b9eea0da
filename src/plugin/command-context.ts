import type { Command } from 'commander';
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
    self: selfOf(options, enbiNamespace),
  };
}

function selfOf({ kubeconfig, context, namespace }: ConnectionOptions, enbiNamespace: string): string {
  const flags = [
    ['--kubeconfig', kubeconfig],
    ['--context', context],
    ['--namespace', namespace],
    ['--enbi-namespace', enbiNamespace === defaultEnbiNamespace ? undefined : enbiNamespace],
  ] as const;
  const given = flags.filter(([, value]) => value !== undefined).map(([flag, value]) => `${flag} ${value ?? ''}`);
  // After the verb would do as well; before it they can be copied as they stand.
  return ['kubectl enbi', ...given].join(' ');
}

export const defaultEnbiNamespace = 'enbi';
