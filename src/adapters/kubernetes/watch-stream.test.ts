import { describe, expect, it } from 'vitest';
import { TransientError } from '../../errors.ts';
import { watchEvents } from './watch-stream.ts';

const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
const added = (name: string) => ({ type: 'ADDED', object: { metadata: { name } } });

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const read = (text: string, size = 1024) => Array.fromAsync(watchEvents(chunksOf(Buffer.from(text), size)));

describe('a stream of watch events', () => {
  it.each([1, 2, 3, 7, 50, 1000])('is read alike in chunks of %i bytes, through characters and lines', async (size) => {
    const names = ['eins', 'zwölf', '三', '🙂'];
    const text = names.map((name) => line('ADDED', { metadata: { name } })).join('');
    expect(await read(text, size)).toEqual(names.map(added));
  });

  it('drops a last line that was cut in half', async () => {
    expect(await read(line('ADDED', { metadata: { name: 'one' } }) + '{"type":"MODIFI')).toEqual([added('one')]);
  });

  it('tells the version of a bookmark', async () => {
    const text = line('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: '42', creationTimestamp: null } });
    expect(await read(text)).toEqual([{ type: 'BOOKMARK', resourceVersion: '42' }]);
  });

  it('tells what an error says', async () => {
    const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version: 1 (2)' };
    expect(await read(line('ERROR', status))).toEqual([
      { type: 'ERROR', status: expect.objectContaining({ code: 410, reason: 'Expired', message: status.message }) },
    ]);
  });

  it('is given up when it is something else', async () => {
    await expect(read('<html>\n')).rejects.toThrow(TransientError);
  });
});
