import type { NixBuildSpec, NixBuildStatus } from '../../api/nix-build.ts';

/** What stands for the placeholders of the documentation where somebody asks about one object. Undefined: not known here. */
export interface Names {
  /** This program, with the flags that lead to the same place. */
  readonly self: string;
  /** The same flags for kubectl; empty, or with a space at the end. */
  readonly flags: string;
  readonly pod?: string | undefined;
  readonly build?: string | undefined;
  /** Of a Pod for which there is none: nothing can be tried again, or cancelled. */
  readonly hasNoBuild?: boolean;
  readonly spec?: NixBuildSpec | undefined;
  /** Of the annotation: the Secret that the flake is fetched with. */
  readonly secretName?: string | undefined;
  readonly status?: NixBuildStatus | undefined;
}

/**
 * A text of docs/reference/reasons.md with the names of the object it is read about: commands that can be run as they are
 * printed, and values, or where they stand in the explanation, instead of fields of the status.
 */
export function fillNames(markdown: string, names: Names): string {
  return withoutHints(markdown, names)
    .replaceAll(codeSpan, (_, code: string) => (code.startsWith('status.') ? field(code, names) : filled(code, names)))
    .replaceAll(' on this page', " in enbi's documentation");
}

/** The commands in such a text, each to be copied as it stands. */
export function commandsIn(markdown: string, names: Names): readonly string[] {
  return [...markdown.matchAll(codeSpan)]
    .map(([, code = '']) => filled(code, names))
    .filter((code) => /^(kubectl|nix) /.test(code));
}

const codeSpan = /`([^`]+)`/g;

function filled(code: string, names: Names): string {
  // A span may go on in the next line.
  const line = code.replaceAll(/\s+/g, ' ');
  return line.startsWith('kubectl ') ? command(line, names) : nix(line, names);
}

/** Where a name comes from is not said of one that stands there. */
function withoutHints(markdown: string, { status }: Names): string {
  return markdown.replaceAll(/,?\s+with\s+the\s+name\s+from\s+`status\.(\w+)`/g, (text, key: string) =>
    isName(Object(status)[key]) ? '' : text,
  );
}

function command(code: string, names: Names): string {
  const { self, flags, build, pod, status } = names;
  const steps = [
    (text: string) => buildCommand(text, names),
    named(/\b((?:nixbuild|nb|retry|cancel|logs(?: --?f\w*)?)[ /])NAME\b/g, build),
    // The program finds the NixBuild of a Pod's image.
    named(/\b((?:retry|cancel|logs(?: --?f\w*)?) )NAME\b/g, pod, 'pod/'),
    named(/\b(pods?[ /])NAME\b/g, pod),
    // A volume is named like its store.
    named(/\b((?:nixstores?|persistentvolumes?|pv)[ /])NAME\b/g, status?.storeName),
    named(/(\b|=)JOB\b/g, status?.buildJobName),
    named(/(\b|=)NODE\b/g, status?.buildNode),
  ];
  const filled = steps.reduce((text, step) => step(text), code);
  return filled.startsWith('kubectl enbi')
    ? `${self}${filled.slice('kubectl enbi'.length)}`
    : `kubectl ${flags}${filled.slice('kubectl '.length)}`;
}

/** The command that makes the same NixBuild once more. */
function buildCommand(text: string, { spec, secretName }: Names): string {
  if (spec === undefined || !text.includes(' FLAKE ')) return text;
  const { flakeUrl, imageTag, packageName } = spec;
  if (![flakeUrl, imageTag, packageName].every(isQuotable)) return text;
  if (secretName !== undefined && !isName(secretName)) return text;
  const more = [
    packageName === 'default' ? '' : ` --package '${packageName}'`,
    secretName === undefined ? '' : ` --secret ${secretName}`,
  ].join('');
  return text.replace(/\bFLAKE --image IMAGE\b/, () => `'${flakeUrl}' --image '${imageTag}'${more}`);
}

/** What an object of Kubernetes can be called: nothing in it means anything to a shell. A status may hold any text. */
const objectName = /^[a-z0-9][a-z0-9.-]{0,252}$/;

export function isName(value: unknown): value is string {
  return typeof value === 'string' && objectName.test(value);
}

/** Puts a name behind the word that says whose it is. */
function named(pattern: RegExp, name: string | undefined, kind = ''): (text: string) => string {
  return (text) => (isName(name) ? text.replaceAll(pattern, (_, before: string) => `${before}${kind}${name}`) : text);
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
function nix(code: string, { spec }: Names): string {
  if (spec === undefined || !code.startsWith('nix ') || !isQuotable(spec.flakeUrl)) return code;
  return code.replaceAll(/\bREFERENCE\b/g, () => `'${spec.flakeUrl}'`);
}

function isQuotable(text: string): boolean {
  return /^[\x21-\x26\x28-\x7e]{1,2048}$/.test(text);
}
