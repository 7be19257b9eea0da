import { describe, expect, test } from 'vitest';
import { BuildLog, derivationName } from './build-log.ts';
import type { NixEvent } from './ports.ts';

function logOf(...events: readonly NixEvent[]): BuildLog {
  const log = new BuildLog();
  for (const event of events) log.add(event);
  return log;
}

const drv = (name: string) => `/nix/store/${'0'.repeat(32)}-${name}.drv`;
const building = (activity: number, name: string): NixEvent => ({ type: 'building', activity, drvPath: drv(name) });
const line = (activity: number, text: string): NixEvent => ({ type: 'line', activity, line: text });
const ended = (activity: number): NixEvent => ({ type: 'ended', activity });

describe('the culprit', () => {
  test('is the derivation the first error names, with the end of its log', () => {
    const log = logOf(
      building(1, 'a'),
      building(2, 'b'),
      line(1, 'x'),
      line(2, 'y'),
      ended(1),
      ended(2),
      { type: 'failed', message: 'no', drvPath: drv('a') },
      { type: 'failed', message: 'above', drvPath: drv('c') },
    );
    expect(log.culprit()).toEqual({ drvPath: drv('a'), logTail: 'x' });
  });

  test('is what ran last when the error names none', () => {
    expect(logOf(building(1, 'a'), line(1, 'x'), ended(1), { type: 'failed', message: 'timed out' }).culprit()).toEqual(
      { drvPath: drv('a'), logTail: 'x' },
    );
    expect(logOf(building(1, 'a'), line(1, 'x')).culprit()).toEqual({ drvPath: drv('a'), logTail: 'x' });
  });

  test('is nobody before anything ran', () => expect(logOf().culprit()).toBeUndefined());

  test('has a short log whatever it printed', () => {
    const log = logOf(building(1, 'a'));
    for (let i = 0; i < 10_000; i++) log.add(line(1, 'long '.repeat(1000)));
    expect(log.culprit()?.logTail.length).toBeLessThan(30 * 401);
  });
});

describe('the progress', () => {
  test('is never beyond what is expected', () => {
    expect(logOf(building(1, 'a'), ended(1), building(2, 'b')).progress()).toMatchObject({ built: 1, toBuild: 2 });
    expect(
      logOf({ type: 'copying', activity: 1, path: 'x' }, { type: 'copied', activity: 1, bytes: 5 }).progress(),
    ).toMatchObject({ bytesCopied: 5, bytesToCopy: 5 });
  });

  test('counts bytes of copies that ended and that run', () => {
    const log = logOf(
      { type: 'copying', activity: 1, path: 'x' },
      { type: 'copied', activity: 1, bytes: 5 },
      ended(1),
      { type: 'copying', activity: 2, path: 'y' },
      { type: 'copied', activity: 2, bytes: 3 },
      { type: 'copied', activity: 2, bytes: 4 },
    );
    expect(log.progress()).toMatchObject({ pathsCopied: 1, bytesCopied: 9 });
  });

  test('ignores results of what is no copy', () => {
    expect(logOf({ type: 'copied', activity: 1, bytes: 5 }, ended(1)).progress()).toMatchObject({
      pathsCopied: 0,
      bytesCopied: 0,
    });
  });
});

test.each([
  [drv('hello-2.12'), 'hello-2.12'],
  ['/nix/store/odd', 'odd'],
  ['\u001b[31m\n', ''],
])('the short name of %j is %s', (path, name) => expect(derivationName(path)).toBe(name));
