import { expect, it } from 'vitest';
import { logLines } from './log-request.ts';
import { followLogPath, kubeletConfigPath } from './resource-path.ts';

async function* inChunks(...texts: readonly string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

it('a log is told line by line with its times, however it is cut into chunks', async () => {
  const log = inChunks(
    '2026-11-23T12:00:00.1Z one\n2026-11-',
    '23T12:00:00.2Z  two\n',
    'unable to retrieve\n2026-11-23T12:00:00.3Z no end',
  );
  expect(await Array.fromAsync(logLines(log))).toEqual([
    { time: '2026-11-23T12:00:00.1Z', text: 'one' },
    { time: '2026-11-23T12:00:00.2Z', text: ' two' },
    { time: '', text: 'unable to retrieve' },
    { time: '2026-11-23T12:00:00.3Z', text: 'no end' },
  ]);
});

it('of a line without an end only the beginning is kept', async () => {
  const [line] = await Array.fromAsync(logLines(inChunks('x'.repeat(10_000), 'x'.repeat(10_000), 'y\n')));
  expect(line?.text).toHaveLength(16_384);
});

it('is asked for with the times, and from the time a cut connection ended', () => {
  const selection = {
    namespace: 'team',
    name: 'p',
    container: 'build',
    follow: true,
    sinceTime: '2026-11-23T12:00:00Z',
  };
  expect(followLogPath(selection)).toBe(
    '/api/v1/namespaces/team/pods/p/log?container=build&follow=true&sinceTime=2026-11-23T12%3A00%3A00Z&timestamps=true',
  );
  expect(kubeletConfigPath('node-1')).toBe('/api/v1/nodes/node-1/proxy/configz');
});
