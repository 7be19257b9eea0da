import { setFlagsFromString } from 'node:v8';

/**
 * V8 trades memory for speed that a controller beside other people's programs does not need. A small heap may grow to four times
 * what lives in it before it is collected: now at a quarter more. What runs often is compiled anew, twice: now left as it was
 * first compiled. Both are asked for as they are needed, so a running process can say it.
 */
export function keepSmall(): void {
  for (const flag of ['--heap-growing-percent=25', '--no-maglev', '--no-opt']) setFlagsFromString(flag);
}
