import { tenantRules } from '../test/adversarial/account.ts';
import { type Attack, kinds } from '../test/adversarial/attack.ts';
import { attacks } from '../test/adversarial/attacks.ts';

/** docs/reference/attacks.md. */
export function attacksPage(): string {
  const sections = kinds.map((kind) =>
    section(
      kind,
      attacks.filter((attack) => attack.kind === kind),
    ),
  );
  return `${head}${rights()}\n${sections.filter((text) => text !== '').join('\n')}`;
}

function rights(): string {
  const rules = tenantRules.map(({ resources, verbs }) => `| ${resources.join(', ')} | ${verbs.join(', ')} |`);
  return `| of its namespace | a tenant may |\n|---|---|\n${rules.join('\n')}\n`;
}

function section(kind: string, chosen: readonly Attack[]): string {
  if (chosen.length === 0) return '';
  const title = `${kind[0]?.toUpperCase()}${kind.slice(1)}`;
  const rows = chosen.map(
    ({ name, rights, steps, holds, quick }) => `| ${name}${quick ? ' *' : ''} | ${rights} ${steps} | ${holds} |`,
  );
  return `## ${title}\n\n| attack | who does what | what holds |\n|---|---|---|\n${rows.join('\n')}\n`;
}

const head = `<!-- Generated from test/adversarial/attacks by \`npm run generate\`. -->

# Attacks

What somebody with few rights does to harm others, as programs that are run on a real cluster with real service accounts: \`npm run attack\` tries
all of them, \`npm run attack -- NAME\` one, \`npm run attack -- --kubeconfig FILE\` on a cluster of your own that has enbi (not on one that
anybody needs), and \`npm test\` those with a star. Some run beside each other (\`--at-once COUNT\`), those that everybody feels by themselves.
After each, the controller must not have been started again.

Unless it says otherwise, the attacker's namespace is under Pod Security *restricted*, and so is that of the victim.

`;
