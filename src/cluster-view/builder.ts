import type { BuilderOrder } from '../api/builder-order.ts';

/** What the orders for a builder are marked with, so that no other enbi's takes them. */
export function builderVersion({ image }: { readonly image: string }): string {
  return image.slice(0, 512);
}

/** What is to be done by one builder, as the builds say that name it. */
export interface BuilderWork {
  /** What it is to build now. */
  readonly order: BuilderOrder | undefined;
  /** A build is under way that is to be built by it. */
  readonly isWanted: boolean;
  /** An attempt was given up before its end was seen: it came too late, say. Whatever is done for it still is for nothing. */
  readonly isGivenUp: boolean;
  /** A build has failed, and people may want to look into it. */
  readonly isToBeRead: boolean;
  /** Until when logs of successes stay, in milliseconds; undefined: there is none. */
  readonly logKeptUntil: number | undefined;
  /** When it had built last; undefined: that is not known. */
  readonly doneAt: number | undefined;
}
