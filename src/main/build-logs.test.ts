import { expect, it } from 'vitest';
import { aJobPod } from '../../test/support/builders.ts';
import { PolicyError, TransientError } from '../errors.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { MemoryLog } from '../runtime/memory-log.ts';
import { BuildLogs } from './build-logs.ts';

function logsThat(answer: () => Promise<string>) {
  const clock = new FakeClock();
  const log = new MemoryLog();
  const asked: string[] = [];
  const client = {
    podLog: ({ name }: { readonly name: string }) => {
      asked.push(name);
      return answer();
    },
  };
  return { clock, log, asked, logs: new BuildLogs({ client, clock, log }) };
}

const pod = aJobPod({});

it('asks no more for ten minutes when it may not read logs, and says so once', async () => {
  const { clock, log, asked, logs } = logsThat(() => Promise.reject(new PolicyError('Forbidden', 'no')));
  await Promise.all([logs.readEnd(pod, 'build'), logs.readEnd(pod, 'build')]);
  for (let minute = 0; minute < 9; minute++) {
    await clock.advance(60_000);
    expect(await logs.readEnd(pod, 'build')).toBeUndefined();
  }
  expect(asked).toHaveLength(2);
  expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  await clock.advance(60_000);
  await logs.readEnd(pod, 'build');
  expect(asked).toHaveLength(3);
});

it('asks again at once after a log that cannot be read yet', async () => {
  const { log, asked, logs } = logsThat(() => Promise.reject(new TransientError('Unavailable', 'starting')));
  await logs.readEnd(pod, 'build');
  await logs.readEnd(pod, 'build');
  expect([asked.length, log.lines]).toEqual([2, []]);
});
