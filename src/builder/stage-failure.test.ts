import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeResult } from '../api/encode-result.ts';
import { BuildResult, exitCode, StageFailure } from '../api/result.ts';
import { InternalError, PolicyError, TransientError, UserError } from '../errors.ts';
import { exitCodeOf, stageFailure } from './stage-failure.ts';

test.each([
  [new UserError('FlakeNotFound', 'm'), 'FlakeNotFound', false, exitCode.userFailure],
  [new PolicyError('InvalidFlakeReference', 'm'), 'InvalidFlakeReference', false, exitCode.userFailure],
  [new TransientError('DiskFull', 'm'), 'DiskFull', true, exitCode.transientFailure],
  [new InternalError('InternalError', 'm'), 'InternalError', false, exitCode.internalFailure],
  [new TypeError('m'), 'InternalError', false, exitCode.internalFailure],
  [new UserError('NoSuchReason', 'm'), 'InternalError', false, exitCode.userFailure],
  ['thrown text', 'InternalError', false, exitCode.internalFailure],
])('%o is told as %s', (thrown, reason, retry, code) => {
  const failure = stageFailure(thrown);
  expect(failure).toMatchObject({ ok: false, reason, retry });
  expect(exitCodeOf(failure, thrown)).toBe(code);
});

test('a derivation is named only where one is to blame', () => {
  const culprit = { drvPath: '/nix/store/x.drv', logTail: 'log' };
  expect(stageFailure(new UserError('BuilderFailed', 'm'), culprit)).toMatchObject({
    derivation: '/nix/store/x.drv',
    logTail: 'log',
  });
  expect(stageFailure(new UserError('EvaluationFailed', 'm'), culprit)).not.toHaveProperty('derivation');
});

test('whatever is told fits into 4096 bytes and the schema, the end of the log kept', () => {
  const long = fc
    .tuple(fc.string({ unit: 'binary', maxLength: 20 }), fc.integer({ min: 1, max: 400 }))
    .map(([piece, times]) => piece.repeat(times));
  const worst = fc.constantFrom('"', '😀', '\u0001', '\\\n', '\u{1f600}').map((piece) => piece.repeat(3000));
  const text = fc.oneof(long, worst, fc.constant(`${'x'.repeat(3000)}end`));
  fc.assert(
    fc.property(text, text, text, (message, drvPath, logTail) => {
      const failure = stageFailure(new UserError('BuilderFailed', message), { drvPath, logTail });
      expect(StageFailure.safeParse(failure).success).toBe(true);
      const encoded = encodeResult(failure);
      expect(Buffer.byteLength(encoded)).toBeLessThanOrEqual(4096);
      const decoded = BuildResult.parse(JSON.parse(encoded));
      if (logTail.endsWith('end')) expect(decoded).toHaveProperty('logTail', expect.stringMatching(/end$/));
    }),
    { numRuns: 40 },
  );
});
