import { resolve } from 'node:path';
import { Command, Option } from 'commander';

const ownCluster = 'story';

export interface StoryOptions {
  readonly once: boolean;
  readonly keep: boolean;
  /** Of the embedded cluster. */
  readonly name: string;
  /** An existing cluster instead of the embedded one. */
  readonly kubeconfig?: string;
}

/** Prints help, or what is wrong, and exits, unless the command is told otherwise. */
export function parseArguments(argv: readonly string[], command: Command = storyCommand()): StoryOptions {
  const { once = false, keep = false, name, kubeconfig } = command.parse([...argv], { from: 'user' }).opts<Parsed>();
  return { once, keep, name, ...(kubeconfig === undefined ? {} : { kubeconfig }) };
}

interface Parsed {
  readonly once?: true;
  readonly keep?: true;
  readonly name: string;
  readonly kubeconfig?: string;
}

export function storyCommand(): Command {
  return new Command('npm start --')
    .description(
      "enbi's main job, live on a real Kubernetes: a Deployment names an image that exists nowhere; enbi builds it inside " +
        'the cluster, loads it into the node and wakes the Pods. The cluster is started on this machine (Linux, root) and ' +
        'stays up to look around in until Ctrl-C.',
    )
    .option(
      '--once',
      'then change the tag under load, show a build that fails, tear down, and exit 0 if all of it held',
    )
    .option('--keep', 'leave everything up at the end')
    .addOption(new Option('--name <name>', 'name of the cluster').default(ownCluster))
    .addOption(
      new Option('--kubeconfig <file>', "use this cluster (with kubectl from PATH; enbi's image must be on its nodes)")
        .conflicts(['name'])
        .argParser((file: string) => resolve(file)),
    )
    .showHelpAfterError('(--help tells what there is)')
    .allowExcessArguments(false);
}
