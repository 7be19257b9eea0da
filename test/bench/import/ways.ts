import type { BenchImage } from './bench-image.ts';
import type { Version } from './closure.ts';
import type { Cost } from './measure.ts';

/** One way to bring an image to a node's containerd. */
export interface Way extends AsyncDisposable {
  readonly name: string;
  bring(version: Version): Promise<Cost>;
  /** Forgets what it keeps outside of containerd. */
  forget?(): Promise<void>;
}

export const states = ['cold', 'unchanged', 'topLayer'] as const;
export type State = (typeof states)[number];

/** What is brought in which state, in this order, beginning with an empty store. */
export const versionIn: Readonly<Record<State, Version>> = { cold: 'one', unchanged: 'one', topLayer: 'two' };

export interface Surroundings {
  readonly image: BenchImage;
  readonly bin: string;
  readonly report: (line: string) => void;
}
