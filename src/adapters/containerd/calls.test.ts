import { Code, ConnectError } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { Calls } from './calls.ts';

/** Answers as listed, one after the other. */
function answers(...list: readonly (string | Code)[]) {
  const left = [...list];
  const call = async () => {
    const next = left.shift() ?? '';
    if (typeof next === 'string') return next;
    throw new ConnectError('refused', next);
  };
  return { call, left };
}

test('a runtime that has answered is waited for when it goes away', async () => {
  const calls = new Calls();
  const { call } = answers('one', Code.Unavailable, Code.Canceled, 'two');
  expect(await calls.make('asking', call)).toBe('one');
  expect(await calls.make('asking', call)).toBe('two');
});

test('one that has never answered is not there', async () => {
  const { call, left } = answers(Code.Unavailable, 'one');
  await expect(new Calls().make('asking', call)).rejects.toMatchObject({ reason: 'ContainerdUnavailable' });
  expect(left).toHaveLength(1);
});

test('it is not waited for for ever', async () => {
  const calls = new Calls(0.1);
  await calls.make('asking', answers('one').call);
  const { call } = answers(...Array.from({ length: 50 }, () => Code.Unavailable));
  await expect(calls.make('asking', call)).rejects.toMatchObject({ name: 'TransientError' });
});

test('what it refuses is told at once, or taken for an answer', async () => {
  const calls = new Calls();
  await calls.make('asking', answers('one').call);
  await expect(calls.make('asking', answers(Code.InvalidArgument).call)).rejects.toMatchObject({
    name: 'InternalError',
  });
  expect(await calls.unless(Code.NotFound, 'asking', answers(Code.NotFound).call)).toBeUndefined();
});
