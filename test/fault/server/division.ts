import type { Live } from './live.ts';

/** How the objects of one API server are divided among the worlds of this process. */
export interface Division {
  /** The name of the world that an object is in. */
  readonly worldOf: (live: Live) => string;
  /** Whether a line of a watch may be of one of them, before it is read. */
  readonly mayHold: (line: string) => boolean;
}

/** Every name in a world begins with the world's, and what is in a namespace is where that is. */
export function byBeginning(worlds: readonly string[]): Division {
  const beginnings = worlds.map((world) => `"${world}-`);
  return {
    worldOf: ({ metadata: { namespace, name } }) => (namespace ?? name).split('-')[0] ?? '',
    mayHold: (line) => beginnings.some((beginning) => line.includes(beginning)),
  };
}

/** All of it is one world. */
export const undivided: Division = { worldOf: () => 'cluster', mayHold: () => true };
