import { describe, expect, it } from 'vitest';
import { RetryRate } from './retry-rate.ts';

describe('the rate of retries', () => {
  it('lets a few begin at once, and the others one after the other', () => {
    const rate = new RetryRate({ burst: 3, perSecond: 10 }, 0);
    expect([0, 0, 0, 0, 0].map((now) => rate.waitMs(now))).toEqual([0, 0, 0, 100, 200]);
  });

  it('forgets what is long ago, and saves up no more than the burst', () => {
    const rate = new RetryRate({ burst: 2, perSecond: 10 }, 0);
    for (let i = 0; i < 5; i++) rate.waitMs(0);
    expect([60_000, 60_000, 60_000].map((now) => rate.waitMs(now))).toEqual([0, 0, 100]);
  });

  it('is not confused by a clock that is set back', () => {
    const rate = new RetryRate({ burst: 1, perSecond: 10 }, 10_000);
    expect([rate.waitMs(10_000), rate.waitMs(0), rate.waitMs(100)]).toEqual([0, 100, 100]);
  });
});
