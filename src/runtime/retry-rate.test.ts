import { describe, expect, it } from 'vitest';
import { RetryRate } from './retry-rate.ts';

const takeAll = (rate: RetryRate, times: readonly number[]) => times.map((now) => rate.take(now));

describe('the rate of retries', () => {
  it('lets a few begin at once, and the others one after the other', () => {
    const rate = new RetryRate({ burst: 3, perSecond: 10 }, 0);
    expect(takeAll(rate, [0, 0, 0, 0])).toEqual([true, true, true, false]);
    expect(rate.waitMs(0)).toBe(100);
    expect(takeAll(rate, [99, 100, 100, 200])).toEqual([false, true, false, true]);
  });

  it('forgets what is long ago, and saves up no more than the burst', () => {
    const rate = new RetryRate({ burst: 2, perSecond: 10 }, 0);
    takeAll(rate, [0, 0, 0]);
    expect(takeAll(rate, [60_000, 60_000, 60_000])).toEqual([true, true, false]);
  });

  it('is not confused by a clock that is set back', () => {
    const rate = new RetryRate({ burst: 1, perSecond: 10 }, 10_000);
    expect(takeAll(rate, [10_000, 0, 100])).toEqual([true, false, true]);
  });
});
