import { Command } from 'commander';
import { cancelAnnotation } from '../../api/labels.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { resource } from '../../cluster-view/resources.ts';
import { type CommandContext, contextOf } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { buildOf } from '../find-target.ts';
import { followBuild, hasEnded } from '../follow/follow-build.ts';
import type { PluginPorts } from '../ports.ts';
import { takesTarget } from '../target-arguments.ts';

export function cancelCommand(ports: PluginPorts, end: (code: ExitCode) => void): Command {
  const command = new Command('cancel')
    .summary('end a build that is under way')
    .description(
      'Asks the controller to end a NixBuild: its Jobs are removed, and it stays as Cancelled until it is retried. Asking twice ' +
        'is asking once; one that is over is left alone.',
    )
    .option('-w, --wait', 'wait until it is cancelled; 1 when it ended otherwise before', false);
  return takesTarget(command).action(async (first: string, second: string | undefined, { wait }: { wait: boolean }) => {
    const context = await contextOf(ports, command);
    end(await cancel(await buildOf(first, second, context), wait, context));
  });
}

async function cancel(build: NixBuild, wait: boolean, context: CommandContext): Promise<ExitCode> {
  const { screen, self } = context;
  const { name } = build.metadata;
  const goesOn = build.status.nextAttemptTime !== undefined;
  if (hasEnded(build) && !goesOn) {
    screen.say(`NixBuild ${name} is over already: ${build.status.status ?? ''}`);
    return exitCodes.ok;
  }
  await askForCancel(build, context);
  // Of one that has failed, and was to go on by itself, nothing runs that could end.
  if (!wait || hasEnded(build)) return exitCodes.ok;
  const { code, build: last } = await followBuild(name, context);
  if (code === exitCodes.interrupted) return code;
  if (last?.status.status !== 'Cancelled') {
    screen.say(`NixBuild ${name} had ended before it could be cancelled`, 'warn');
    return exitCodes.failed;
  }
  screen.say(`  go on       ${self} retry ${name}`);
  return exitCodes.ok;
}

async function askForCancel({ metadata, status }: NixBuild, { client, clock, screen }: CommandContext): Promise<void> {
  const before = metadata.annotations?.[cancelAnnotation];
  if (before !== undefined && before !== status.cancelAnswered) {
    screen.say(`the end of NixBuild ${metadata.name} is asked for already`);
    return;
  }
  const annotations = { [cancelAnnotation]: clock.now().toISOString() };
  const patch = { metadata: { uid: metadata.uid, annotations } };
  await client.patch(resource.builds, metadata, patch, { fieldManager: 'kubectl-enbi' });
  screen.say(`the end of NixBuild ${metadata.name} is asked for`);
}
