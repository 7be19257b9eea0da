import { Command } from 'commander';
import type { UninstallOptions } from '../uninstall/situation.ts';
import { type Access, accessFrom } from './access.ts';
import { positive, setting } from './setting.ts';
import { optionOf } from './settings.ts';
import { type GivenSettings, settingsTable } from './settings-table.ts';

export interface UninstallSettings extends Access, Omit<UninstallOptions, 'instance'> {
  readonly timeoutMs: number;
}

/** Of the controller's settings. */
const shared = ['namespace', 'image', 'imagePullPolicy', 'kubeconfig'] as const;

/** Below the five minutes after which Helm gives up: what was not removed is said before. */
const timeout = setting(positive, 270, {
  argument: 'seconds',
  group: 'The process',
  help: 'gives up after so long, and says what is left',
  meaning: 'Gives up after so long, and says what is left.',
});

type Given = Pick<GivenSettings, (typeof shared)[number]> & { readonly timeout: number; readonly purge?: true };

export function uninstallCommand(
  environment: NodeJS.ProcessEnv,
  run: (settings: UninstallSettings) => Promise<void>,
): Command {
  const command = new Command('uninstall')
    .description('removes the controller and all that enbi made, but not its kinds and the NixBuilds people made')
    .option('--purge', "also removes the stores from the nodes' disks: /var/lib/enbi");
  for (const name of shared) command.addOption(optionOf(name, settingsTable[name]));
  command.addOption(optionOf('timeout', timeout));
  return command.action(({ namespace, image, imagePullPolicy, kubeconfig, timeout, purge }: Given) =>
    run({
      ...accessFrom(kubeconfig, environment),
      namespace,
      image,
      pullPolicy: imagePullPolicy,
      purge: purge === true,
      timeoutMs: timeout * 1000,
    }),
  );
}
