import type { NixBuildStatus } from '../../api/nix-build.ts';

/** What stands for the placeholders of the documentation where somebody asks about one object. Undefined: not known here. */
export interface Names {
  /** This program, with the flags that lead to the same place. */
  readonly self: string;
  /** The same flags for kubectl; empty, or with a space at the end. */
  readonly flags: string;
  readonly pod?: string | undefined;
  readonly build?: string | undefined;
  readonly flakeUrl?: string | undefined;
  readonly status?: NixBuildStatus | undefined;
}

/**
 * A text of docs/reference/reasons.md with the names of the object it is read about: commands that can be run as they are
 * printed, and values, or where they stand in the explanation, instead of fields of the status.
 */
export function fillNames(markdown: string, names: Names): string {
  return markdown
    .replaceAll(/`([^`]+)`/g, (_, code: string) => {
      if (/^kubectl\b/.test(code)) return command(code, names);
      if (code.startsWith('status.')) return field(code, names);
      return nix(code, names);
    })
    .replaceAll(' on this page', ' in docs/reference/reasons.md');
}

function command(code: string, { self, flags, build, pod, status }: Names): string {
  const steps = [
    named(/\b((?:nixbuild|nb|retry|cancel|logs(?: --?f\w*)?)[ /])NAME\b/g, build),
    named(/\b(pods?[ /])NAME\b/g, pod),
    // A volume is named like its store.
    named(/\b((?:nixstores?|persistentvolumes?|pv)[ /])NAME\b/g, status?.storeName),
    named(/()\bJOB\b/g, status?.buildJobName),
    named(/()\bNODE\b/g, status?.buildNode),
  ];
  const filled = steps.reduce((text, step) => step(text), code);
  return filled.startsWith('kubectl enbi')
    ? `${self}${filled.slice('kubectl enbi'.length)}`
    : `kubectl ${flags}${filled.slice('kubectl '.length)}`;
}

/** What an object of Kubernetes can be called: nothing in it means anything to a shell. A status may hold any text. */
const objectName = /^[a-z0-9][a-z0-9.-]{0,252}$/;

/** Puts a name behind the word that says whose it is. */
function named(pattern: RegExp, name: string | undefined): (text: string) => string {
  return (text) =>
    name === undefined || !objectName.test(name)
      ? text
      : text.replaceAll(pattern, (_, before: string) => `${before}${name}`);
}

/** Rows of an explanation, by the field they show. */
const rows: Readonly<Record<string, string>> = {
  'status.failure.reproduce': 'reproduce',
  'status.failure.derivation': 'derivation',
  'status.failure.logTail': 'its log',
  'status.failure.reason': 'reason',
  'status.progress': 'progress',
  'status.isolation': 'isolation',
  'status.lockedUrl': 'locked',
  'status.nodes': 'loaded on',
};

function field(code: string, { status }: Names): string {
  const value = code
    .split('.')
    .slice(1)
    .reduce<unknown>(
      (object, key) => (object === null || object === undefined ? undefined : Object(object)[key]),
      status,
    );
  const row = rows[code];
  const word = typeof value === 'string' && /^\S{1,40}$/.test(value) ? value : undefined;
  if (row === undefined) return word ?? code;
  if (value === undefined) return row;
  return word === undefined ? `"${row}" below` : `${row} (${word})`;
}

/** A reference that was parsed holds neither quotes nor white space; any other is left for people to put in. */
function nix(code: string, { flakeUrl }: Names): string {
  const isSafe = flakeUrl !== undefined && /^[\x21-\x26\x28-\x7e]{1,2048}$/.test(flakeUrl);
  return code.startsWith('nix ') && isSafe ? code.replaceAll(/\bREFERENCE\b/g, `'${flakeUrl}'`) : code;
}
