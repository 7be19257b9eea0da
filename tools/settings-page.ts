import { flagOf, type Group, groups, type Setting, variableOf } from '../src/main/setting.ts';
import { settingsTable } from '../src/main/settings-table.ts';

const begin = `<!-- Generated from src/main/settings-table.ts by \`npm run generate\`. -->

# Settings of the controller

Each setting is a flag of \`enbi controller\` or an environment variable; the flag wins. Helm takes it as a value of the
[chart](../guide/install.md#with-helm), where lists are lists; in \`deploy/controller.yaml\` it is an environment variable. A change takes effect
when the controller's Pod is replaced, and for builds whose Job is made after that.
`;

const end = `
Agents, and the Pods of build and prepare Jobs, take no settings of their own: the controller writes what they need into their orders.
`;

/** docs/reference/settings.md */
export function settingsPage(): string {
  const settings = Object.entries<Setting<unknown>>(settingsTable);
  const tables = groups
    .map((group) => [group, settings.filter(([, setting]) => setting.group === group)] as const)
    .filter(([, members]) => members.length > 0)
    .map(([group, members]) => tableOf(group, members));
  return begin + tables.join('') + end;
}

function tableOf(group: Group, members: readonly (readonly [name: string, Setting<unknown>])[]): string {
  const rows = members.map(([name, setting]) => `${rowOf(name, setting)}\n`).join('');
  return `\n## ${group}\n\n| flag | variable | chart value | default | meaning |\n|---|---|---|---|---|\n${rows}`;
}

function rowOf(name: string, setting: Setting<unknown>): string {
  const cells = [
    `\`${flagOf(name)} <${setting.argument}>\``,
    `\`${variableOf(name)}\``,
    setting.chart === undefined ? '' : `\`${setting.chart}\``,
    byDefault(setting),
    setting.meaning,
  ];
  return `| ${cells.map((cell) => (cell === '' ? '' : `${cell} `)).join('| ')}|`;
}

function byDefault({ required, fallback }: Setting<unknown>): string {
  if (required) return 'required';
  return fallback === undefined ? '' : `\`${String(fallback)}\``;
}
