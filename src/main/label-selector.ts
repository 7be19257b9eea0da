import { InvalidArgumentError } from 'commander';

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

/** Equality-based label selectors, as kubectl takes them: `a=b,c!=d,e,!f`; all must hold. */
export function selects(selector: string): (labels: Labels) => boolean {
  const requirements = selector.split(',').map((part) => requirementOf(part.trim()));
  return (labels) => requirements.every((holds) => holds(labels));
}

const form = /^(?<not>!?)(?<key>[A-Za-z0-9][A-Za-z0-9./_-]*)(?:\s*(?<op>==?|!=)\s*(?<value>[A-Za-z0-9._-]*))?$/;

function requirementOf(part: string): Requirement {
  const { not, key = '', op, value } = form.exec(part)?.groups ?? {};
  if (key === '' || (not === '!' && op !== undefined)) {
    throw new InvalidArgumentError(`"${part}" is no label requirement; write key=value, key!=value, key or !key.`);
  }
  if (op === undefined) return (labels) => (not === '!' ? !(key in labels) : key in labels);
  return op === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
}
