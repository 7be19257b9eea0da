import { Command } from 'commander';
import type { BuildSettings } from '../../controllers/builds/settings.ts';
import { type CommandContext, contextOf } from '../command-context.ts';
import { findController } from '../deployed-controller.ts';
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
      "Runs the controller's own rules on what is in the cluster now and says which one matches, what its reason means and what " +
        'to do; then the containers, the store, the Jobs with their Pods, and the last events. Everything is read with your ' +
        'own rights: what you may not see is said. Nothing is changed.',
    )
    .argument('<object>', 'pod/NAME or nixbuild/NAME (nb/NAME); a bare name is looked for as a NixBuild, then as a Pod')
    .argument('[name]', 'the name, when the kind stands alone before it')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  kubectl enbi explain pod/web-5d8f7-x2x9k
  kubectl enbi explain nb web-1-4-0b5a3c2d1e --output json`,
    )
    .action(
      async (first: string, second: string | undefined, { output }: { output: OutputFormat }, command: Command) => {
        const context = await contextOf(ports, command);
        const explanation = await explain(first, second, context);
        if (output === 'text') printExplanation(explanation, context.screen);
        else printObject(explanation, output, context);
        end(exitCodes.ok);
      },
    );
}

async function explain(first: string, second: string | undefined, context: CommandContext): Promise<Explanation> {
  const target = await findTarget(first, second, context);
  const [snapshot, { settings, note }] = await Promise.all([takeSnapshot(context), settingsOf(context)]);
  const explaining = { context, snapshot, settings };
  const explanation =
    'build' in target ? await explainBuild(target.build, explaining) : await explainPod(target.pod, explaining);
  return { ...explanation, notes: [...snapshot.notes, ...note, ...explanation.notes] };
}

/** The rules look at the controller's settings; without them, at the defaults. */
async function settingsOf(context: CommandContext): Promise<{ settings: BuildSettings; note: readonly string[] }> {
  const controller = await findController(context);
  const known = controller === undefined || controller === 'forbidden' ? undefined : controller.settings;
  if (known !== undefined) return { settings: known, note: [] };
  const settings = context.settingsFrom(['--image', 'unknown', '--namespace', context.enbiNamespace], {});
  if (settings === undefined) throw new Error('the default settings cannot be read');
  const where = `in namespace ${context.enbiNamespace}`;
  const why = {
    forbidden: `you may not see the controller ${where}`,
    missing: `there is no controller ${where}: nothing is built until enbi is installed; --enbi-namespace names another place`,
    unread: `the controller ${where} has settings of another version`,
  }[controller === undefined ? 'missing' : controller === 'forbidden' ? 'forbidden' : 'unread'];
  return { settings, note: [`${why}; the rules are told with the default settings`] };
}
