import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeResult } from '../api/encode-result.ts';
import { ImportResult } from '../api/result.ts';
import { InternalError, PolicyError, TransientError, UserError } from '../errors.ts';
import { explain, failureResult } from './outcome.ts';

describe('a failure is reported by its class', () => {
  test.each([
    [new UserError('NotAnImage', 'm'), 'NotAnImage', false],
    [new PolicyError('NameConflict', 'm'), 'NameConflict', false],
    [new TransientError('DiskFull', 'm'), 'DiskFull', true],
    [new InternalError('InternalError', 'm'), 'InternalError', false],
    [new Error('m'), 'InternalError', false],
    [new UserError('NoSuchReason', 'm'), 'InternalError', false],
  ])('%s', (error, reason, retry) => {
    expect(failureResult(error)).toEqual({ ok: false, reason, retry, message: 'm' });
  });
});

test('whatever was said, the report fits the termination message and its schema', () => {
  const fits = (message: string) => {
    const report = encodeResult(failureResult(new UserError('NotAnImage', message)));
    expect(Buffer.byteLength(report)).toBeLessThanOrEqual(4096);
    expect(ImportResult.parse(JSON.parse(report)).ok).toBe(false);
  };
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 6000 }), fits), { numRuns: 30 });
  for (const worst of ['"', '\u0001', '😀', '\\\n']) fits(worst.repeat(5000));
});

test('file names keep the letters they are written with', () => {
  const { message } = failureResult(new UserError('InvalidArchive', 'two files are called größe/日本.json\u001b[31m'));
  expect(message).toBe('two files are called größe/日本.json');
});

test('a defect of enbi’s is shown with its place and its cause’s', () => {
  const text = explain(new InternalError('InternalError', 'broken', { cause: new Error('deeper') }));
  expect(text).toContain('outcome.test.ts');
  expect(text).toContain('Error: deeper');
  expect(explain(new UserError('NotAnImage', 'a program'))).toBe('[enbi] NotAnImage: a program');
});
