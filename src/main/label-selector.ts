import { InvalidArgumentError } from 'commander';
import type { Kind } from './setting.ts';

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

/** Whether an object with these labels is meant. */
export type Selector = (labels: Labels) => boolean;

const key = String.raw`[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?`;
const value = String.raw`([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?`;
const one = String.raw`(!?${key}|${key}\s*(==?|!=)\s*${value})`;

const whole = new RegExp(`^${one}$`);
const form = /^(?<not>!?)(?<key>[^\s=!]+)(?:\s*(?<op>==?|!=)\s*(?<value>\S*))?$/;

/**
 * Equality-based label selectors, as kubectl takes them: `a=b,c!=d,e,!f`; all must hold. Empty: nothing is meant. The same form is
 * in the chart's schema, so that Helm refuses what the controller would.
 */
export const labelSelector: Kind<Selector> = {
  parse: (text) => {
    if (text === '') return () => false;
    const requirements = text.split(',').map((part) => requirementOf(part.trim()));
    return (labels) => requirements.every((holds) => holds(labels));
  },
  schema: { type: 'string', pattern: `^(${one}(,\\s*${one})*)?$` },
};

function requirementOf(part: string): Requirement {
  if (!whole.test(part)) {
    throw new InvalidArgumentError(`"${part}" is no label requirement; write key=value, key!=value, key or !key.`);
  }
  const { not, key: name = '', op, value: wanted } = form.exec(part)?.groups ?? {};
  if (op === undefined) return (labels) => (not === '!' ? !(name in labels) : name in labels);
  return op === '!=' ? (labels) => labels[name] !== wanted : (labels) => labels[name] === wanted;
}
