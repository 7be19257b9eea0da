import { expect, test } from 'vitest';
import type { Cost } from './measure.ts';
import { checkBytesWritten, checkMemory, ctrName, enbiName, summary } from './summary.ts';

const cost = (processSeconds: number, insideSeconds: number | undefined, bytesWritten = 0, bytesKept = 0): Cost => ({
  processSeconds,
  insideSeconds,
  cpuSeconds: 1,
  containerdCpuSeconds: 1,
  peakMegabytes: 100,
  bytesWritten,
  bytesKept,
});

const everywhere = (one: Cost) => ({ cold: one, unchanged: one, topLayer: one });

test('ratios are those of the medians, and of the whole process for ctr', () => {
  const round = (seconds: number) => ({
    [enbiName]: everywhere(cost(seconds, 0.1)),
    [ctrName]: everywhere(cost(4, undefined)),
  });
  const { ratios } = summary([round(1), round(2), round(9)]);
  expect(ratios).toEqual({
    coldProcess: 2,
    unchangedProcess: 2,
    topLayerProcess: 2,
    unchangedInside: 40,
    topLayerInside: 40,
  });
});

test('an import that writes more than what is new is told, other ways may', () => {
  const changed = { cold: cost(1, 1), unchanged: cost(1, 1, 900_000), topLayer: cost(1, 1, 5_000_000, 4_000_000) };
  const wasteful = { ...changed, unchanged: cost(1, 1, 2_000_000) };
  expect(() => checkBytesWritten({ rounds: [{ [enbiName]: changed, [ctrName]: wasteful }] })).not.toThrow();
  expect(() => checkBytesWritten({ rounds: [{ [enbiName]: wasteful }] })).toThrow(
    /unchanged: containerd wrote 2000000/,
  );
});

test('an import that takes more memory than it may is told, other ways may', () => {
  const large = { ...everywhere(cost(1, 1)), unchanged: { ...cost(1, 1), peakMegabytes: 151 } };
  expect(() => checkMemory({ rounds: [{ [enbiName]: everywhere(cost(1, 1)), [ctrName]: large }] })).not.toThrow();
  expect(() => checkMemory({ rounds: [{ [enbiName]: large }] })).toThrow(/151 MB/);
});
