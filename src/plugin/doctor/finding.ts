/** Ok; worth a look; must be mended; could not be looked at. */
export type Health = 'OK' | 'WARN' | 'FAIL' | 'NOTE';

/** One thing the doctor looked at. For programs too: the field names are a promise, docs/reference/kubectl-enbi.md lists them. */
export interface Finding {
  readonly health: Health;
  /** What was looked at. */
  readonly check: string;
  /** Which one of several: a node, a namespace. */
  readonly about?: string;
  readonly message: string;
  readonly remedy?: string;
  /** Those in the remedy, each to be run as it stands, but for a file that is called FILE. */
  readonly commands?: readonly string[];
}

/** The command alone, or what it does before it. */
export function byCommand(command: string, why = ''): Required<Pick<Finding, 'remedy' | 'commands'>> {
  return { remedy: why === '' ? command : `${why}: ${command}`, commands: [command] };
}

/** What could not be looked at is no failure; it is said so that nobody takes silence for health. */
export function notAllowed(check: string, what: string, about?: string): Finding {
  return { health: 'NOTE', check, message: `you may not ${what}`, ...(about === undefined ? {} : { about }) };
}
