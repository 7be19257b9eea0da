import type { Kubectl } from '../support/git-server.ts';
import type { KubectlProgram } from '../support/kubectl.ts';
import type { Terminal } from './terminal.ts';
import type { Timeline } from './timeline.ts';
import type { Watched } from './watched.ts';

/** Everything of the demo is in here, so that removing it removes the demo. */
export const namespace = 'enbi-demo';

/** A cluster with enbi in it. */
export interface Place {
  readonly program: KubectlProgram;
  /** Ends early when the story is interrupted. */
  readonly kubectl: Kubectl;
  /** enbi's own image, as its controller runs it. */
  readonly image: string;
}

/** What every step of the story plays on. */
export interface Scene extends Place {
  readonly terminal: Terminal;
  readonly watched: Watched;
  readonly timeline: Timeline;
  readonly signal: AbortSignal;
}
