import { expect, test } from 'vitest';
import { ceilings } from '../api/ceilings.ts';
import { Sayings } from './sayings.ts';

const most = ceilings.importSays.value;

test('a sentence is heard when its line is whole, and what is none is passed over', () => {
  const sayings = new Sayings();
  expect(sayings.take('{"progress":"half')).toEqual([]);
  const more = ' a layer"}\nno JSON\n{"cmd":"NODE_HANDLE_NACK"}\n\u2028{"line":"x"}\n{"answer":{"ok":true}}\n';
  expect(sayings.take(more)).toEqual([{ progress: 'half a layer' }, { answer: { ok: true } }]);
  expect(sayings.isTooMuch).toBe(false);
});

test.each([
  ['one line without an end', 'x'.repeat(64 * 1024), 2 * (most / (64 * 1024))],
  ['many short lines', '{"line":"x"}\n'.repeat(100), most / 512],
])('%s are more than is heard', (_, text, times) => {
  const sayings = new Sayings();
  let heard = 0;
  for (let at = 0; at < times && !sayings.isTooMuch; at++) heard += sayings.take(text).length;
  expect(sayings.isTooMuch).toBe(true);
  expect(heard).toBeLessThanOrEqual(most / 512);
});

test('what half an hour of progress takes is not too much', () => {
  const sayings = new Sayings();
  for (let at = 0; at < 1800; at++) sayings.take(`${JSON.stringify({ progress: `${at} of 1800 layers sent` })}\n`);
  expect(sayings.isTooMuch).toBe(false);
});
