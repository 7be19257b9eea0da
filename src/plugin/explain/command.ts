import { Command } from 'commander';
import type { BuildSettings } from '../../controllers/builds/settings.ts';
import { type CommandContext, contextOf } from '../command-context.ts';
import { type Absence, absenceOf, findController } from '../deployed-controller.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { findTarget } from '../find-target.ts';
import { type OutputFormat, outputOption, printObject } from '../output.ts';
import type { PluginPorts } from '../ports.ts';
import { explainBuild } from './explain-build.ts';
import { explainPod } from './explain-pod.ts';
import type { Explanation } from './explanation.ts';
import { printExplanation } from './print-explanation.ts';
import { takeSnapshot } from './snapshot.ts';

export function explainCommand(ports: PluginPorts, end: (code: ExitCode) => void): Command {
  return new Command('explain')
    .summary('why a Pod or a NixBuild waits, and what to do')
    .description(
      "Runs the controller's own rules on what is in the cluster now and says what keeps the Pod or the build from going on, and " +
        'what to do; then the containers, the store, the Jobs with their Pods, and the last events. Of a Deployment, StatefulSet, ' +
        'DaemonSet, ReplicaSet, CronJob or Job a Pod that waits is explained. Everything is read with your own rights: what you may not ' +
        'see is said. Nothing is changed.',
    )
    .argument(
      '<object>',
      'pod/NAME, nixbuild/NAME (nb/NAME) or deployment/NAME and the like; a bare name is looked for as a NixBuild, then as a Pod',
    )
    .argument('[name]', 'the name, when the kind stands alone before it')
    .option(
      '--verbose',
      "also print the rule of the controller's that matches, and where its reason is documented",
      false,
    )
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  kubectl enbi explain deploy/web
  kubectl enbi explain pod/web-5d8f7-x2x9k
  kubectl enbi explain nb web-1-4-0b5a3c2d1e --output json`,
    )
    .action(
      async (
        first: string,
        second: string | undefined,
        { output, verbose }: { output: OutputFormat; verbose: boolean },
        command: Command,
      ) => {
        const context = await contextOf(ports, command);
        const explanation = await explain(first, second, context);
        if (output === 'text') printExplanation(explanation, context.screen, { verbose, now: context.clock.now() });
        else printObject(explanation, output, context);
        end(exitCodes.ok);
      },
    );
}

async function explain(first: string, second: string | undefined, context: CommandContext): Promise<Explanation> {
  const target = await findTarget(first, second, context);
  const controller = await findController(context);
  const { settings, note } = settingsOf(controller, context);
  const snapshot = await takeSnapshot(context, settings.storeScope);
  const explaining = { context, snapshot, settings };
  const explanation =
    'build' in target ? await explainBuild(target.build, explaining) : await explainPod(target, explaining);
  const choice = 'build' in target ? undefined : target.choice;
  return {
    ...explanation,
    ...stopped(explanation, absenceOf(controller, context)),
    facts: [...(choice === undefined ? [] : [['of', choice] as const]), ...explanation.facts],
    notes: [...new Set([...snapshot.notes, ...note, ...explanation.notes])],
  };
}

/** Whatever would go on by itself does not without a controller; what has failed is told as it is. */
function stopped(explanation: Explanation, absence: Absence | undefined): Pick<Explanation, 'reason'> {
  const { kind, phase, rule, builds } = explanation;
  const waits =
    kind === 'NixBuild'
      ? !isOver(explanation)
      : phase === 'Pending' && !builds.some(isOver) && !isHopeless(rule?.because);
  return absence === undefined || !waits ? {} : { reason: { name: 'NoController', ...absence } };
}

function isOver({ phase }: Explanation): boolean {
  return ['Succeeded', 'Failed', 'Cancelled'].includes(phase);
}

function isHopeless(because: string | undefined): boolean {
  return because === 'NothingWanted' || because === 'AnnotationsWrong' || because === 'SystemUnsupported';
}

/** The rules look at the controller's settings; without them, at the defaults. */
function settingsOf(
  controller: Awaited<ReturnType<typeof findController>>,
  context: CommandContext,
): { settings: BuildSettings; note: readonly string[] } {
  const known = controller === undefined || controller === 'forbidden' ? undefined : controller.settings;
  if (known !== undefined) return { settings: known, note: [] };
  const settings = context.settingsFrom(['--image', 'unknown', '--namespace', context.enbiNamespace], {});
  if (settings === undefined) throw new Error('the default settings cannot be read');
  const where = `in namespace ${context.enbiNamespace}`;
  const why = {
    forbidden: `you may not see the controller ${where}`,
    missing: `there is no controller ${where}`,
    unread: `the controller ${where} has settings of another version`,
  }[controller === undefined ? 'missing' : controller === 'forbidden' ? 'forbidden' : 'unread'];
  return { settings, note: [why, 'the rules are told with the default settings'] };
}
