import type { Clock } from './clock.ts';

/** Aborts its signal when nothing was heard for `silenceMs`, or when the parent aborts. */
export function silenceWatchdog(clock: Clock, silenceMs: number, parent: AbortSignal) {
  const silence = new AbortController();
  let cancel = clock.setTimer(silenceMs, bark);
  function bark() {
    silence.abort();
  }
  return {
    signal: AbortSignal.any([parent, silence.signal]),
    get barked(): boolean {
      return silence.signal.aborted;
    },
    heard(): void {
      cancel();
      cancel = clock.setTimer(silenceMs, bark);
    },
    stop: () => cancel(),
  };
}
