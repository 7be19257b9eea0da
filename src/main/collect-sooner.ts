import { setFlagsFromString } from 'node:v8';

/**
 * A small heap may grow to four times what lives in it before V8 collects the rest. A controller that stands beside other
 * people's programs collects sooner, at a quarter more. V8 asks for it at every collection, so a running process can say it.
 */
export function collectSooner(): void {
  setFlagsFromString('--heap-growing-percent=25');
}
