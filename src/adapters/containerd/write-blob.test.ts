import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../test/support/images.ts';
import { Sha256Digest } from '../../api/result.ts';
import type { BlobWrite } from '../../importer/ports.ts';
import { writeBlob } from './write-blob.ts';
import type { Control, WriteCall } from './write-call.ts';

const content = Buffer.alloc(5 * 1024 * 1024, 'x');
const labels = { 'containerd.io/distribution.source.r.example': 'team/app' };

function writeOf(): BlobWrite {
  const digest = Sha256Digest.parse(sha256(content));
  async function* open() {
    yield content;
  }
  return { digest, sizeBytes: content.length, labels, open };
}

type Refusal = { readonly at: 'stat' | 'data' | 'commit'; readonly code: Code; readonly message?: string };
type Sent = readonly [action: number, offset: number];

/** A runtime that has `offset` bytes already and refuses as told, once each; what it was sent is kept. */
function aRuntime({ offset = 0, refusals = [] as readonly Refusal[] } = {}) {
  const calls: Sent[][] = [];
  const aborted: string[] = [];
  const committed: Control[] = [];
  const left = [...refusals];
  let kept = offset;
  const refuse = async (at: Refusal['at']) => {
    if (left[0]?.at === at) {
      const { message = '', code } = left.shift() ?? { code: Code.Unknown };
      throw new ConnectError(message, code);
    }
  };
  const open = (): WriteCall => {
    const call: Sent[] = [];
    calls.push(call);
    return {
      control: async (message) => {
        call.push([message.action, Number(message.offset ?? 0)]);
        await refuse(message.action === 0 ? 'stat' : 'commit');
        if (message.action === 2) committed.push(message);
      },
      data: async (at, data) => {
        call.push([1, at]);
        await refuse('data');
        kept = at + data.length;
      },
      firstOffset: async () => kept,
      failed: new Promise<never>(() => {}),
      finish: async () => {},
      cancel: () => {},
    };
  };
  const abort = async (ref: string) => {
    aborted.push(ref);
    kept = 0;
  };
  return { writes: { open, abort, tenant: 'team' }, calls, aborted, committed };
}

const mebibyte = 1024 * 1024;
const shape = (call: readonly Sent[] | undefined) => call?.map(([action, offset]) => [action, offset / mebibyte]);

describe('writing a blob', () => {
  test('asks where to begin, sends the bytes, and the labels with the commit', async () => {
    const { writes, calls, committed } = aRuntime();
    expect(await writeBlob(writes, writeOf())).toBe('written');
    expect(shape(calls[0])).toEqual([
      [0, 0],
      [1, 0],
      [1, 2],
      [1, 4],
      [2, 5],
    ]);
    expect(committed).toMatchObject([{ labels }]);
  });

  test('sends only what an interrupted write left to send', async () => {
    const { writes, calls } = aRuntime({ offset: 3 * 1024 * 1024 });
    expect(await writeBlob(writes, writeOf())).toBe('written');
    expect(shape(calls[0])).toEqual([
      [0, 0],
      [1, 3],
      [2, 5],
    ]);
  });

  test('begins anew when the bytes an interrupted write left were others', async () => {
    const refusals: Refusal[] = [{ at: 'commit', code: Code.FailedPrecondition }];
    const { writes, calls, aborted } = aRuntime({ offset: content.length, refusals });
    expect(await writeBlob(writes, writeOf())).toBe('written');
    expect(aborted).toHaveLength(1);
    expect(shape(calls[1])).toHaveLength(5);
  });

  test.each(['stat', 'commit'] as const)('finds it there when another was faster (%s)', async (at) => {
    const { writes } = aRuntime({ refusals: [{ at, code: Code.AlreadyExists }] });
    expect(await writeBlob(writes, writeOf())).toBe('present');
  });

  test('waits for another writer of the same bytes, but not for ever', async () => {
    const locked: Refusal = { at: 'stat', code: Code.Unavailable, message: 'ref enbi-… locked for 1s' };
    const { writes, calls } = aRuntime({ refusals: [locked, locked] });
    expect(await writeBlob(writes, writeOf())).toBe('written');
    expect(calls).toHaveLength(3);
    const busy = aRuntime({ refusals: Array.from({ length: 100 }, () => locked) });
    const failure = { name: 'TransientError', reason: 'ContainerdUnavailable' };
    await expect(writeBlob(busy.writes, writeOf(), { lockedSeconds: 0.2, goneSeconds: 0.2 })).rejects.toMatchObject(
      failure,
    );
  });

  test('goes on where it was when the runtime went away in the middle, as often as there was progress', async () => {
    const cut: Refusal = { at: 'data', code: Code.Unavailable, message: 'connection lost' };
    const gone: Refusal = { at: 'stat', code: Code.Unavailable, message: 'connect ENOENT' };
    const { writes, calls } = aRuntime({ offset: mebibyte, refusals: [cut, gone, gone] });
    expect(await writeBlob(writes, writeOf())).toBe('written');
    expect(calls.map(shape).at(0)).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(calls).toHaveLength(4);
    expect(shape(calls.at(-1))?.at(1)).toEqual([1, 1]);
  });

  test('does not wait for ever for a runtime that is gone', async () => {
    const gone: Refusal = { at: 'stat', code: Code.Unavailable, message: 'connect ENOENT' };
    const { writes } = aRuntime({ refusals: Array.from({ length: 100 }, () => gone) });
    const failure = { name: 'TransientError', reason: 'ContainerdUnavailable' };
    await expect(writeBlob(writes, writeOf(), { lockedSeconds: 9, goneSeconds: 0.2 })).rejects.toMatchObject(failure);
  });

  test.each([
    [Code.Unknown, 'write /…: no space left on device', 'TransientError', 'DiskFull'],
    [Code.InvalidArgument, 'ref is empty', 'InternalError', 'InternalError'],
    [Code.FailedPrecondition, 'unexpected commit digest', 'UserError', 'DigestMismatch'],
  ])('says what a refusal means: %i %s', async (code, message, name, reason) => {
    const { writes } = aRuntime({ refusals: [{ at: 'commit', code, message }] });
    await expect(writeBlob(writes, writeOf())).rejects.toMatchObject({ name, reason });
  });
});

test('tells of every piece of data when it is sent, or was there before, and does not look at it again', async () => {
  const chunks = [Buffer.alloc(3 * mebibyte, 'x'), Buffer.alloc(2 * mebibyte, 'x'), Buffer.from('x')];
  const pieces: number[] = [];
  async function* open() {
    yield* chunks;
  }
  const spent = ({ buffer, byteOffset, length }: Uint8Array) => {
    pieces.push(length);
    if (byteOffset + length === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
  };
  const { writes } = aRuntime({ offset: 4 * mebibyte });
  expect(await writeBlob(writes, { ...writeOf(), open, spent })).toBe('written');
  expect(pieces).toEqual([3 * mebibyte, mebibyte, 1]);
});
