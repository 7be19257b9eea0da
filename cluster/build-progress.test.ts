import { describe, expect, test } from 'vitest';
import { newestProfile } from './build-profile.ts';
import { type BuildProfile, partDone, progressText, secondsLeft, timeText } from './build-progress.ts';

const profile: BuildProfile = {
  begun: [
    [0, 0],
    [1000, 0.2],
    [2000, 0.9],
  ],
  written: [0.3, 0.6, 1],
  seconds: 400,
};
const at = (packages: number, seconds: number) => ({ packages, programs: 0, seconds });

describe('the part that is done', () => {
  test.each([
    [0, 0],
    [500, 0.1],
    [1000, 0.2],
    [1500, 0.55],
    [2000, 0.9],
    [9000, 0.9],
  ])('after %i packages is %d', (packages, part) => {
    expect(partDone(profile, at(packages, 1))).toBeCloseTo(part);
  });
});

test('of packages that were in the cache the programs tell', () => {
  expect(partDone(profile, { packages: 3, programs: 2, seconds: 1 })).toBe(0.6);
});

describe('what is left', () => {
  test('is the measured time at first, by the processors that there are', () => {
    expect(secondsLeft(profile, at(0, 0), 2)).toBeCloseTo(400);
    expect(secondsLeft(profile, at(0, 0), 4)).toBeCloseTo(200);
  });

  test('follows the speed of this build', () => {
    expect(secondsLeft(profile, at(1500, 550), 2)).toBeGreaterThan(400);
    expect(secondsLeft(profile, at(1500, 220), 2)).toBeLessThan(190);
  });

  test('is told with what was seen', () => {
    const text = progressText(profile, { packages: 1500, programs: 1, seconds: 220 }, 2);
    expect(text).toBe('55 %, about 3 min left (1500 packages, 1 of 3 programs)');
    expect([4, 46, 119, 120, 280].map(timeText)).toEqual(['10 s', '50 s', '120 s', '2 min', '4.5 min']);
  });
});

/** What was seen of a build that went as the measured one: at each of its points, after so long. */
function recorded(duration: (part: number) => number) {
  return newestProfile.begun.map(([packages, part]) => ({ packages, programs: 0, seconds: duration(part) }));
}

const measured = newestProfile.seconds;

/** What will slow it down is not known beforehand; what has done so all along, or only does so late, is. */
describe.each<[string, (part: number) => number]>([
  ['on the machine that was measured', (part) => measured * part],
  ['on one of half the speed', (part) => measured * 2 * part],
  ['on one of a third more', (part) => measured * 0.75 * part],
  ['that others slowed down by half after three fourths', (part) => measured * (part + Math.max(part - 0.75, 0) / 2)],
])('the countdown of a build %s', (_, duration) => {
  const seen = recorded(duration).filter(({ seconds }) => seconds >= 60);

  test.each(seen)('foretells the end to a fifth after $packages packages', (then) => {
    const foretold = then.seconds + secondsLeft(newestProfile, then, 2);
    expect(Math.abs(foretold / duration(1) - 1)).toBeLessThan(0.2);
  });
});
