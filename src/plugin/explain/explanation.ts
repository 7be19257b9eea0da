import type { BuildFailure } from '../../api/nix-build.ts';
import type { ReasonText } from './reason-text.ts';
import type { ToldEvent } from './told-event.ts';

/** Why an object is as it is. For programs too: the field names are a promise, docs/reference/kubectl-enbi.md lists them. */
export interface Explanation {
  readonly kind: 'NixBuild' | 'Pod';
  readonly namespace: string;
  readonly name: string;
  readonly phase: string;
  /** Undefined when not everything the rules look at may be read. */
  readonly rule?: RuleText;
  /** What keeps it from going on, or how it ended; of a Pod that waits for a NixBuild, what is so of that one. */
  readonly reason?: ReasonTold;
  /** What else is wrong, and does not keep it from going on. */
  readonly warnings: readonly Told[];
  readonly failure?: BuildFailure;
  /** What is known, as label and text. */
  readonly facts: readonly Fact[];
  /** The Pod's own containers. */
  readonly containers: readonly ContainerText[];
  /** Jobs of a NixBuild, with the containers of their Pods. */
  readonly jobs: readonly JobText[];
  /** Pods that wait for the image. */
  readonly waitingPods: readonly string[];
  readonly events: readonly ToldEvent[];
  /** NixBuilds of a Pod's images. */
  readonly builds: readonly Explanation[];
  readonly notes: readonly string[];
}

export interface Told {
  readonly name: string;
  readonly message: string;
}

export interface ReasonTold extends Told, Partial<ReasonText> {
  /** The NixBuild that it is told of, when that is another object. */
  readonly of?: string;
}

export interface RuleText {
  /** The name of the rule that matches. */
  readonly because: string;
  /** What the controller does by it, as its log says it. */
  readonly plan: string;
  readonly meaning?: string;
}

export type Fact = readonly [label: string, text: string];

export interface ContainerText {
  readonly name: string;
  readonly image: string;
  readonly state: string;
}

export interface JobText {
  readonly namespace: string;
  readonly name: string;
  readonly pod: string | undefined;
  /** Why the Pod does not start. */
  readonly stuck: string | undefined;
  readonly containers: readonly ContainerText[];
}
