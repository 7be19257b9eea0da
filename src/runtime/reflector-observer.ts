/** What a reflector tells whoever counts. */
export interface ReflectorObserver {
  /** Everything was read anew. */
  listed(): void;
  watchBegan(): void;
  /** Cut, silent, refused or ended by an ERROR event; not one that the server ended in time. */
  watchFailed(): void;
}

export const unobservedReflector: ReflectorObserver = {
  listed: () => undefined,
  watchBegan: () => undefined,
  watchFailed: () => undefined,
};
