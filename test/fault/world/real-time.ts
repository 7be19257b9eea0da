import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { WorldTime } from './world-time.ts';

const stepMs = 50;

/** Everybody's time: a process of its own cannot be told another. */
export const realTime: WorldTime = {
  ...systemClock,
  get ms() {
    return Date.now();
  },
  step: () => sleep(stepMs),
};
