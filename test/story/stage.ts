import type { KubectlProgram } from '../support/kubectl.ts';
import type { Place } from './scene.ts';

/** Where the story plays: how to get there, and how to leave it as it was found. */
export interface Stage {
  /** Before anything else. Throws UserError when another process plays there; nothing has been touched then. */
  claim(): Promise<void>;
  enter(): Promise<Place>;
  /** As soon as there is a cluster to ask, also when `enter` fails after that. */
  program(): KubectlProgram | undefined;
  /** Removes what the story brought along, however far it came, and nothing else. */
  leave(): Promise<void>;
  /** Leaves all of it for whoever comes next: no later story takes it for its own. */
  keep(): Promise<void>;
  /** How to do later what `leave` does. */
  readonly leaveLater: string;
}
