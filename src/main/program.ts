import { Command } from 'commander';
import { jobCommands } from './job-commands.ts';
import { controllerCommand } from './settings.ts';
import { stopSignal } from './stop-signal.ts';
import { uninstallCommand } from './uninstall-settings.ts';

/** Every subcommand with its help. Each process is loaded when it is asked for. */
const stop = stopSignal();

export const program = new Command('enbi')
  .description('builds Nix flakes into container images on demand, inside the cluster')
  .showHelpAfterError();

program.addCommand(
  controllerCommand(process.env, async (settings) => {
    const { runController } = await import('./controller.ts');
    await runController(settings, process.env.HOSTNAME ?? 'enbi', stop);
  }),
);

for (const [name, { description, run }] of Object.entries(jobCommands)) {
  program
    .command(name)
    .description(description)
    .action(async () => {
      process.exitCode = await run();
    });
}

program.addCommand(
  uninstallCommand(process.env, async (settings) => {
    const { runUninstall } = await import('./uninstall.ts');
    process.exitCode = await runUninstall(settings, process.env.HOSTNAME ?? 'enbi', stop);
  }),
);

const store = program.command('store').description("a node's stores");

store
  .command('remove')
  .description("removes a tenant's store, or all of them")
  .action(async () => {
    const { runStoreRemove } = await import('./store.ts');
    process.exitCode = await runStoreRemove();
  });

store
  .command('prepare')
  .description("makes the directories of a tenant's store")
  .action(async () => {
    const { runStorePrepare } = await import('./store.ts');
    process.exitCode = await runStorePrepare();
  });
