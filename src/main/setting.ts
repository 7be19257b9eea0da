import { InvalidArgumentError } from 'commander';
import { snapshotterPattern } from '../api/order.ts';

/** How the text of a setting is read, and what it looks like as a value of the chart. */
export interface Kind<Value> {
  readonly parse: (text: string) => Value;
  /** JSON schema of the chart's value. An `array` reaches the controller as words, an `object` or `array` of objects as JSON. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly choices?: readonly string[];
}

/** What people are told of a setting, and where they find it. */
export interface Described {
  /** What stands for the value in help and documentation: `--build-timeout <seconds>`. */
  readonly argument: string;
  readonly group: Group;
  /** Half a line for `enbi controller --help`. */
  readonly help: string;
  /** Markdown for docs/reference/settings.md. */
  readonly meaning: string;
  /** Path among the chart's values; absent where the chart itself knows what belongs there. */
  readonly chart?: string;
}

export const groups = ['Installation', 'Nix', 'Limits of a build', 'History', 'The process'] as const;
export type Group = (typeof groups)[number];

type Scalar = string | number | boolean;

export interface Setting<Value> extends Described {
  readonly kind: Kind<Value>;
  readonly fallback: Scalar | undefined;
  readonly required: boolean;
}

export function setting<Value extends Scalar>(
  kind: Kind<Value>,
  fallback: Value,
  described: Described,
): Setting<Value> {
  return { ...described, kind, fallback, required: false };
}

/** Without a default: what it means to be unset stands in its `meaning`. */
export function unset<Value>(kind: Kind<Value>, described: Described): Setting<Value | undefined> {
  return { ...described, kind, fallback: undefined, required: false };
}

export function required(kind: Kind<string>, described: Described): Setting<string> {
  return { ...described, kind, fallback: undefined, required: true };
}

/** `buildTimeout` is the flag `--build-timeout`. */
export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `buildTimeout` is also read from ENBI_BUILD_TIMEOUT. */
export function variableOf(name: string): string {
  return `ENBI${flagOf(name).slice(1).replaceAll('-', '_').toUpperCase()}`;
}

export const text: Kind<string> = { parse: (given) => given, schema: { type: 'string' } };

export const words: Kind<readonly string[]> = {
  parse: (given) => given.split(/\s+/).filter((word) => word !== ''),
  schema: { type: 'array', items: { type: 'string', pattern: String.raw`^\S+$` } },
};

export const whole: Kind<number> = {
  parse: (given) => {
    if (!/^\d{1,9}$/.test(given)) throw new InvalidArgumentError('write a whole number.');
    return Number(given);
  },
  schema: { type: 'integer', minimum: 0, maximum: 999_999_999 },
};

export const positive: Kind<number> = {
  parse: (given) => {
    const number = whole.parse(given);
    if (number === 0) throw new InvalidArgumentError('write a number above zero.');
    return number;
  },
  schema: { ...whole.schema, minimum: 1 },
};

/** As Kubernetes writes amounts: `100m`, `0.5`, `33Gi`. */
export const quantity: Kind<string> = matching(
  String.raw`^\d+(\.\d+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$`,
  'write a quantity such as 500m, 2 or 4Gi.',
);

/** Seconds, or for ever. */
export const secondsOrAlways: Kind<number | 'always'> = {
  parse: (given) => {
    if (given === 'always') return 'always';
    const isOne = /^\d{1,9}$/.test(given) && Number(given) <= 604_800;
    if (!isOne) throw new InvalidArgumentError('write a whole number of seconds, at most 604800, or always.');
    return Number(given);
  },
  schema: { anyOf: [{ type: 'integer', minimum: 0, maximum: 604_800 }, { const: 'always' }] },
};

export const bool: Kind<boolean> = {
  parse: (given) => {
    if (given !== 'true' && given !== 'false') throw new InvalidArgumentError('Allowed choices are true, false.');
    return given === 'true';
  },
  schema: { type: 'boolean' },
  choices: ['true', 'false'],
};

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const agePattern = String.raw`^[1-9]\d{0,5}[smhd]$`;

/** A length of time, in milliseconds: `90m`, `72h`, `30d`. */
export const age: Kind<number> = {
  parse: (given) => {
    if (!new RegExp(agePattern).test(given)) throw new InvalidArgumentError('write an age such as 90m, 72h or 30d.');
    return Number(given.slice(0, -1)) * (unitMs[given.slice(-1)] ?? 0);
  },
  schema: { type: 'string', pattern: agePattern },
};

export const snapshotter: Kind<string> = matching(snapshotterPattern, "write a snapshotter's name, such as overlayfs.");

/** Without look-ahead: Helm reads the same pattern. */
export const absolutePath: Kind<string> = matching(String.raw`^(/\.?\w[\w.@+-]*)+$`, 'write an absolute path.');

export function oneOf<const Choice extends string>(choices: readonly Choice[]): Kind<Choice> {
  const parse = (given: string) => {
    const choice = choices.find((each) => each === given);
    if (choice === undefined) throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
    return choice;
  };
  return { parse, schema: { type: 'string', enum: choices }, choices };
}

/** Several of these words. */
export function someOf<const Choice extends string>(choices: readonly Choice[]): Kind<readonly Choice[]> {
  const one = oneOf(choices);
  return {
    parse: (given) => words.parse(given).map(one.parse),
    schema: { type: 'array', items: one.schema },
  };
}

function matching(pattern: string, advice: string): Kind<string> {
  const form = new RegExp(pattern);
  const parse = (given: string) => {
    if (!form.test(given)) throw new InvalidArgumentError(advice);
    return given;
  };
  return { parse, schema: { type: 'string', pattern } };
}
