import { Command } from 'commander';
import { asError } from '../errors.ts';
import { controllerCommand } from './settings.ts';
import { uninstallCommand } from './uninstall-settings.ts';

/**
 * enbi's one executable. Each process is loaded when it is asked for: a Job that prepares a directory needs no gRPC.
 */
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

const program = new Command('enbi')
  .description('builds Nix flakes into container images on demand, inside the cluster')
  .showHelpAfterError();

program.addCommand(
  controllerCommand(process.env, async (settings) => {
    const { runController } = await import('./controller.ts');
    await runController(settings, process.env.HOSTNAME ?? 'enbi', stop.signal);
  }),
);

program
  .command('fetch')
  .description('in a build Job: locks the flake and fetches it and its inputs into the store')
  .action(async () => {
    const { runFetch } = await import('./fetch.ts');
    process.exitCode = await runFetch();
  });

program
  .command('build')
  .description('in a build Job: builds the package, without credentials')
  .action(async () => {
    const { runBuild } = await import('./build.ts');
    process.exitCode = await runBuild();
  });

program
  .command('stage')
  .description('in an import Job: runs a stream script without network or privilege')
  .action(async () => {
    const { runStage } = await import('./stage.ts');
    process.exitCode = await runStage();
  });

program
  .command('import')
  .description("in an import Job: loads the image into the node's containerd")
  .action(async () => {
    const { runImport } = await import('./import.ts');
    process.exitCode = await runImport();
  });

program.addCommand(
  uninstallCommand(process.env, async (settings) => {
    const { runUninstall } = await import('./uninstall.ts');
    process.exitCode = await runUninstall(settings, process.env.HOSTNAME ?? 'enbi', stop.signal);
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

try {
  await program.parseAsync();
} catch (thrown) {
  process.stderr.write(`enbi: ${asError(thrown).stack ?? String(thrown)}\n`);
  process.exitCode = 1;
}
