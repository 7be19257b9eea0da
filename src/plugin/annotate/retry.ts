import { Command } from 'commander';
import { retryAnnotation } from '../../api/labels.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { resource } from '../../cluster-view/resources.ts';
import { sayFailure } from '../build-report.ts';
import { type CommandContext, contextOf } from '../command-context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { buildOf } from '../find-target.ts';
import { awaitsRetry } from '../follow/awaits-retry.ts';
import { followBuild } from '../follow/follow-build.ts';
import type { PluginPorts } from '../ports.ts';
import { takesTarget } from '../target-arguments.ts';

export function retryCommand(ports: PluginPorts, end: (code: ExitCode) => void): Command {
  const command = new Command('retry')
    .summary('try a build again that failed or was cancelled')
    .description(
      'Asks the controller for another attempt at a NixBuild that has failed, was cancelled, or waits for its next attempt. Asking ' +
        'twice is asking once; a NixBuild that has succeeded or is under way is left alone.',
    )
    .option('-w, --wait', 'follow the attempt to its end', false);
  return takesTarget(command).action(async (first: string, second: string | undefined, { wait }: { wait: boolean }) => {
    const context = await contextOf(ports, command);
    end(await retry(await buildOf(first, second, context), wait, context));
  });
}

async function retry(build: NixBuild, wait: boolean, context: CommandContext): Promise<ExitCode> {
  const { screen, self } = context;
  const { name } = build.metadata;
  const isAsked = await askForRetry(build, context);
  if (!isAsked) screen.say(`NixBuild ${name} ${whyNot(build)}`);
  if (!wait) {
    if (build.status.status !== 'Succeeded') screen.say(`  follow it   ${self} logs --follow nixbuild/${name}`);
    return exitCodes.ok;
  }
  const { code, build: last } = await followBuild(name, context);
  if (code === exitCodes.failed && last !== undefined) sayFailure(last, context);
  return code;
}

function whyNot({ status }: NixBuild): string {
  if (status.status === 'Succeeded') return 'has succeeded: there is nothing to try again';
  return `is under way (${status.status ?? 'Pending'})`;
}

/** At an end, or waiting for the next attempt. */
function canGoOn({ status, nextAttemptTime }: NixBuild['status']): boolean {
  return status === 'Failed' || status === 'Cancelled' || (status === 'Pending' && nextAttemptTime !== undefined);
}

/** Asks once. False: there is nothing to try again. */
export async function askForRetry(build: NixBuild, { client, clock, screen }: CommandContext): Promise<boolean> {
  const { metadata, status } = build;
  if (!canGoOn(status)) return false;
  if (awaitsRetry(build)) screen.say(`another attempt of NixBuild ${metadata.name} is asked for already`);
  else {
    const annotations = { [retryAnnotation]: clock.now().toISOString() };
    const patch = { metadata: { uid: metadata.uid, annotations } };
    await client.patch(resource.builds, metadata, patch, { fieldManager: 'kubectl-enbi' });
    screen.say(`another attempt of NixBuild ${metadata.name} is asked for`);
  }
  return true;
}
