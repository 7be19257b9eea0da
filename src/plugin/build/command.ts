import { Command } from 'commander';
import { askForRetry } from '../annotate/retry.ts';
import { buildReport, sayFailure } from '../build-report.ts';
import { type CommandContext, contextOf } from '../command-context.ts';
import { absenceOf, findController } from '../deployed-controller.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { awaitsRetry } from '../follow/awaits-retry.ts';
import { followBuild, hasEnded } from '../follow/follow-build.ts';
import { followWithLogs } from '../logs/follow-with-logs.ts';
import { type OutputFormat, outputOption, printObject } from '../output.ts';
import type { PluginPorts } from '../ports.ts';
import { systemOfNodes } from './choose-system.ts';
import { type Requested, requestBuild } from './request-build.ts';
import { type BuildOptions, wishOf } from './wish.ts';

interface Options extends BuildOptions {
  readonly follow: boolean;
  readonly retry: boolean;
  readonly logs: boolean;
  readonly output: OutputFormat;
}

export function buildCommand(ports: PluginPorts, end: (code: ExitCode) => void): Command {
  return new Command('build')
    .summary('build a flake into an image on a node, and follow it')
    .description(
      'Builds a package of a flake into an image, as a Pod that waits for it would, and follows the build. The reference and ' +
        'the names are checked before anything is sent. A NixBuild that builds just this already is followed.',
    )
    .argument('<flake>', 'flake reference; {tag} in it stands for the tag of the image')
    .requiredOption('-i, --image <name>', 'image name the result is loaded under, host and tag included')
    .option('-p, --package <name>', 'attribute path below packages.<system>', 'default')
    .option('-s, --system <system>', "Nix system; default: that of the cluster's nodes, if it is one")
    .option('--secret <name>', 'Secret of the namespace with what a private flake needs')
    .option('--retry', 'when this has been built before and failed, try again', false)
    .option('--logs', 'print the lines of the logs too, as they come', false)
    .option('--no-follow', 'make the NixBuild and leave')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  kubectl enbi build 'git+https://git.example/team/web?ref=refs/tags/{tag}' --image git.example/team/web:1.4
  kubectl enbi build github:team/web/v1.4 -i git.example/team/web:1.4 -p docker.web -s aarch64-linux

Ctrl-C ends the following, not the build: kubectl enbi cancel does.`,
    )
    .action(async (flake: string, options: Options, command: Command) => {
      const wish = wishOf(flake, options);
      const context = await contextOf(ports, command);
      const system = wish.system ?? (await systemOfNodes(context));
      const requested = await requestBuild({ ...wish, system }, context);
      end(await followRequested(requested, options, context));
    });
}

async function followRequested(requested: Requested, options: Options, context: CommandContext): Promise<ExitCode> {
  const { screen, self, namespace } = context;
  const { build, isNew } = requested;
  const { name } = build.metadata;
  screen.say(`NixBuild ${name} in namespace ${namespace} ${isNew ? 'was made' : 'is there already'}`, 'title');
  const isRetried = await retried(requested, options, context);
  warnOfLatest(build, context);
  if (isRetried || !hasEnded(build) || awaitsRetry(build)) await sayAbsence(context);
  if (!options.follow) {
    screen.say(`  follow it   ${self} logs --follow nixbuild/${name}`);
    report(build, options, context);
    return exitCodes.ok;
  }
  const { code, build: last = build } = await (options.logs ? followWithLogs : followBuild)(name, context);
  if (code === exitCodes.failed) {
    sayFailure(last, context);
    if (!isRetried && !isNew) screen.say('  try again   the same command with --retry');
  }
  report(last, options, context);
  return code;
}

/** https://kubernetes.io/docs/concepts/containers/images/#imagepullpolicy-defaulting */
function warnOfLatest({ spec }: Requested['build'], { screen }: CommandContext): void {
  if (!spec.imageTag.endsWith(':latest')) return;
  screen.say(
    '  with the tag latest, Kubernetes gives containers imagePullPolicy Always, which uses no image of the node: ' +
      'write imagePullPolicy: IfNotPresent, or another tag',
    'warn',
  );
}

/** Whether another attempt was asked for. */
async function retried({ build, isNew }: Requested, { retry }: Options, context: CommandContext): Promise<boolean> {
  return retry && !isNew && (await askForRetry(build, context));
}

async function sayAbsence(context: CommandContext): Promise<void> {
  const absence = absenceOf(await findController(context), context);
  if (absence !== undefined) context.screen.say(`  ${absence.message}; ${absence.remedy}`, 'warn');
}

function report(build: Requested['build'], { output }: Options, context: CommandContext): void {
  if (output !== 'text') printObject(buildReport(build), output, context);
}
