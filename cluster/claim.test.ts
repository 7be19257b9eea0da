import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { claim } from './claim.ts';

test('what is in use is refused with who has it and the way out, until it is released', async () => {
  const it = { what: 'cluster "mine"', key: randomUUID(), wayOut: 'or take another' };
  const first = await claim(it);
  await expect(claim(it)).rejects.toThrow(
    `cluster "mine" is in use by process ${process.pid}, which is left alone: end that one first (Ctrl-C), or take another`,
  );
  (await claim({ ...it, key: randomUUID() }))[Symbol.dispose]();
  first[Symbol.dispose]();
  (await claim(it))[Symbol.dispose]();
});
