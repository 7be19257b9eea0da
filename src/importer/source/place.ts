import type { Memory } from '../memory/memory.ts';
import type { ReadCount } from './read-count.ts';

export interface Place {
  /** Nothing outside of this directory is read. */
  readonly root: string;
  readonly path: string;
  /** What the path is called in messages. */
  readonly name: string;
}

export interface Reading {
  readonly system: string;
  readonly memory: Memory;
  readonly count: ReadCount;
  /** Hears what is done before anything can be sent, which may take a while. */
  readonly tell?: (progress: string) => void;
}
