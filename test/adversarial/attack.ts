import type { Repositories } from '../support/git-server-manifests.ts';
import type { Rule } from './account.ts';
import type { Session } from './session.ts';

export const kinds = [
  "stops others' builds",
  'stops the controller',
  'reads what is not theirs',
  'runs as somebody else',
  'gets more of a node',
  'lies to people',
] as const;

/** What somebody with certain rights does to harm others, and what must hold all the same. One file each in attacks/. */
export interface Attack {
  /** The name of its file. */
  readonly name: string;
  /** What it is after. */
  readonly kind: (typeof kinds)[number];
  /** Whoever does this: "a tenant" has the rights of account.ts in one namespace under Pod Security restricted. */
  readonly rights: string;
  /** What they do. */
  readonly steps: string;
  /** A sentence. */
  readonly holds: string;
  /** Takes less than half a minute: also part of `npm test`. */
  readonly quick: boolean;
  /** It is felt by everybody while it is tried: nothing else may run at the same time. */
  readonly alone?: boolean;
  /** It looks at a node's disk or containerd, which is possible on the embedded cluster alone. */
  readonly needsNode?: boolean;
  /** Of the attacker's namespace; the victim's is always restricted. */
  readonly podSecurity?: 'restricted' | 'baseline' | 'privileged';
  /** What the attacker may do in the namespace besides what every tenant may. */
  readonly moreRights?: readonly Rule[];
  /** Flakes that the attacker serves: repository → tag → files. The name of a repository begins with the attack's. */
  readonly repositories?: Repositories;
  /** Does it, and throws what did not hold. */
  run(session: Session): Promise<void>;
}

/** Thrown when an attack succeeds; whatever else is thrown says that it could not be tried. */
export class Broken extends Error {}

export function mustHold(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Broken(otherwise);
}
