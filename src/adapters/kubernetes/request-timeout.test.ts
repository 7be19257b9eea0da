import { describe, expect, it } from 'vitest';
import { requestTimeoutMs } from './request-timeout.ts';

describe('a timeout of requests', () => {
  it.each([
    ['5', 5000],
    ['5s', 5000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
    ['1ns', 1],
    ['0', 2 ** 31 - 1],
    ['0s', 2 ** 31 - 1],
    ['999999999h', 2 ** 31 - 1],
  ])('is read as kubectl reads it: %s', (text, ms) => expect(requestTimeoutMs(text)).toBe(ms));

  it.each(['', 'soon', '5x', '5 s', 's', '1m30', '1s'.repeat(33)])('is refused: "%s"', (text) => {
    expect(() => requestTimeoutMs(text)).toThrow('--request-timeout');
  });
});
