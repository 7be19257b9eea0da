/** So much most packages compile in without a collection; the largest few begin to collect there. */
const enough = 1500 * 2 ** 20;
/** Of the memory that is free; the rest is for what else a first run does meanwhile. */
const shareOfCompilers = 0.8;

/**
 * A compiler lives for seconds, and what it spends on collecting garbage is a tenth of a build. Where the memory would not do for
 * as many of them as run at once, Go's own ways stay.
 */
export function memoryForGo(freeBytes: number, cores: number): Readonly<Record<string, string>> {
  const each = (freeBytes * shareOfCompilers) / Math.max(cores, 1);
  return each < enough ? {} : { GOGC: 'off', GOMEMLIMIT: String(enough) };
}
