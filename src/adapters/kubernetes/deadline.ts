export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Aborts its signal after `ms`, unless it was disposed of before. `AbortSignal.timeout` lives until its time has come: at a
 * hundred requests a second, thousands of answered ones would be remembered.
 */
export function deadlineIn(ms: number): Deadline {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ms);
  return { signal: late.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}
