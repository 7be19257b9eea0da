import { beforeEach, expect, test } from 'vitest';
import { Crowds } from './crowd.ts';
import { FakeClock } from './fake-clock.ts';

let clock: FakeClock;
let crowds: Crowds;
let told: number;

beforeEach(() => {
  clock = new FakeClock();
  crowds = new Crowds(clock, { few: 3, everyMs: 1000 });
  told = 0;
});

function tell(members: number): void {
  crowds.tell(`${members} of them`, () => {
    told += members;
    return members;
  });
}

test('few are told each time', () => {
  for (let time = 0; time < 5; time++) tell(3);
  expect(told).toBe(15);
  expect(clock.pending).toEqual([]);
});

test('a crowd is told at once, and once more when something has happened since', async () => {
  for (let time = 0; time < 5; time++) tell(4);
  expect(told).toBe(4);
  await clock.advance(1000);
  expect(told).toBe(8);
  await clock.advance(1000);
  expect([told, clock.pending]).toEqual([8, []]);
});

test('one crowd keeps nobody of another waiting', () => {
  tell(4);
  tell(5);
  expect(told).toBe(9);
});
