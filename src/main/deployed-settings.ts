import type { BuildSettings } from '../controllers/builds/settings.ts';
import { flagOf, variableOf } from './setting.ts';
import { controllerCommand } from './settings.ts';
import { settingsTable } from './settings-table.ts';

/** The settings of a controller that runs elsewhere, by its container's arguments and environment; undefined: not ones this version reads. */
export function deployedSettings(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): BuildSettings | undefined {
  let settings: BuildSettings | undefined;
  const command = controllerCommand({}, (given) => {
    settings = given.builds;
    return Promise.resolve();
  });
  const variables = Object.keys(settingsTable).flatMap((name) => {
    const value = environment[variableOf(name)];
    return value === undefined ? [] : [`${flagOf(name)}=${value}`];
  });
  try {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
    command.parse([...variables, ...args.filter((arg) => arg !== command.name())], { from: 'user' });
  } catch {
    // Another version's settings: the rules are then told with this version's defaults.
  }
  return settings;
}
