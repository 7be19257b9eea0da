import type { Ceiling } from '../src/api/ceiling.ts';
import { ceilings } from '../src/api/ceilings.ts';

const scopes: Readonly<Record<Ceiling['scope'], string>> = {
  object: 'Per object',
  namespace: 'Per namespace',
  cluster: 'Per cluster',
};

/** docs/reference/ceilings.md. */
export function ceilingsPage(): string {
  const sections = Object.entries(scopes).map(([scope, title]) => section(title, rowsOf(scope)));
  return `${head}${sections.filter((text) => text !== '').join('\n')}`;
}

function rowsOf(scope: string): readonly Ceiling[] {
  return Object.values<Ceiling>(ceilings).filter((ceiling) => ceiling.scope === scope);
}

function section(title: string, rows: readonly Ceiling[]): string {
  if (rows.length === 0) return '';
  const lines = rows.map(
    ({ counts, value, unit, beyond }) => `| ${counts} | ${`${value} ${unit}`.trim()} | ${beyond} |`,
  );
  return `## ${title}\n\n| what is counted | at most | beyond it |\n|---|---|---|\n${lines.join('\n')}\n`;
}

const head = `<!-- Generated from src/api/ceilings.ts by \`npm run generate\`. -->

# Ceilings

What tenants write has no bound but the API server's own. So enbi bounds what it keeps, says and does about it: nothing that one
tenant writes can exhaust the controller's memory, its time, or another tenant's share. Bounds that an administrator may change
are [settings](settings.md).

`;
