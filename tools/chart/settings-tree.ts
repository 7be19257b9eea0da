import { type Setting, variableOf } from '../../src/main/setting.ts';
import { settingsTable } from '../../src/main/settings-table.ts';

/** A setting that is a value of the chart. */
export interface ChartSetting {
  readonly variable: string;
  /** Keys from the top of the values to this one. */
  readonly path: readonly string[];
  readonly setting: Setting<unknown>;
}

export const chartSettings: readonly ChartSetting[] = Object.entries<Setting<unknown>>(settingsTable).flatMap(
  ([name, setting]) =>
    setting.chart === undefined ? [] : [{ variable: variableOf(name), path: setting.chart.split('.'), setting }],
);

/** The settings below one key, in the order of the table, each once. */
export function keysAt(prefix: readonly string[]): readonly string[] {
  const below = chartSettings.filter(({ path }) => prefix.every((key, index) => path[index] === key));
  return [...new Set(below.map(({ path }) => path[prefix.length] ?? ''))];
}

export function settingAt(path: readonly string[]): ChartSetting | undefined {
  return chartSettings.find((each) => each.path.join('.') === path.join('.'));
}
