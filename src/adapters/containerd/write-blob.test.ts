import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../test/support/images.ts';
import { Sha256Digest } from '../../api/result.ts';
import type { BlobWrite } from '../../importer/ports.ts';
import { Content, type WriteContentRequest } from './gen/content_pb.ts';
import { writeBlob } from './write-blob.ts';

const content = Buffer.alloc(5 * 1024 * 1024, 'x');
const labels = { 'containerd.io/distribution.source.r.example': 'team/app' };

function writeOf(): BlobWrite {
  const digest = Sha256Digest.parse(sha256(content));
  async function* open() {
    yield content;
  }
  return { digest, sizeBytes: content.length, labels, open };
}

type Refusal = { readonly at: 'stat' | 'commit'; readonly code: Code; readonly message?: string };

/** A content service that has `offset` bytes already and refuses as told, once each; what it was sent is kept. */
function aService({ offset = 0, refusals = [] as readonly Refusal[] }) {
  const calls: Pick<WriteContentRequest, 'action' | 'offset' | 'labels'>[][] = [];
  const aborted: string[] = [];
  const left = [...refusals];
  const refuse = (at: Refusal['at']) => {
    if (left[0]?.at === at) {
      const { message = '', code } = left.shift() ?? { code: Code.Unknown };
      throw new ConnectError(message, code);
    }
  };
  const transport = createRouterTransport(({ service }) => {
    service(Content, {
      async *write(requests) {
        const call: (typeof calls)[number] = [];
        calls.push(call);
        let at = BigInt(aborted.length > 0 ? 0 : offset);
        for await (const request of requests) {
          call.push(request);
          refuse(request.action === 0 ? 'stat' : 'commit');
          at += BigInt(request.data.length);
          yield { action: request.action, offset: at };
        }
      },
      abort({ ref }) {
        aborted.push(ref);
        return {};
      },
    });
  });
  return { client: createClient(Content, transport), calls, aborted };
}

const shape = (call: readonly Pick<WriteContentRequest, 'action' | 'offset'>[] | undefined) =>
  call?.map(({ action, offset }) => [action, Number(offset) / 1024 / 1024]);

describe('writing a blob', () => {
  test('asks where to begin, sends the bytes, and the labels with the commit', async () => {
    const { client, calls } = aService({});
    expect(await writeBlob(client, writeOf())).toBe('written');
    expect(shape(calls[0])).toEqual([
      [0, 0],
      [1, 0],
      [1, 2],
      [1, 4],
      [2, 5],
    ]);
    expect(calls[0]?.at(-1)?.labels).toEqual(labels);
  });

  test('sends only what an interrupted write left to send', async () => {
    const { client, calls } = aService({ offset: 3 * 1024 * 1024 });
    expect(await writeBlob(client, writeOf())).toBe('written');
    expect(shape(calls[0])).toEqual([
      [0, 0],
      [1, 3],
      [2, 5],
    ]);
  });

  test('begins anew when the bytes an interrupted write left were others', async () => {
    const refusals: Refusal[] = [{ at: 'commit', code: Code.FailedPrecondition }];
    const { client, calls, aborted } = aService({ offset: content.length, refusals });
    expect(await writeBlob(client, writeOf())).toBe('written');
    expect(aborted).toHaveLength(1);
    expect(shape(calls[1])).toHaveLength(5);
  });

  test.each(['stat', 'commit'] as const)('finds it there when another was faster (%s)', async (at) => {
    const { client } = aService({ refusals: [{ at, code: Code.AlreadyExists }] });
    expect(await writeBlob(client, writeOf())).toBe('present');
  });

  test('waits for another writer of the same bytes, but not for ever', async () => {
    const locked: Refusal = { at: 'stat', code: Code.Unavailable, message: 'ref enbi-… locked for 1s' };
    const { client, calls } = aService({ refusals: [locked, locked] });
    expect(await writeBlob(client, writeOf())).toBe('written');
    expect(calls).toHaveLength(3);
    const busy = aService({ refusals: Array.from({ length: 100 }, () => locked) });
    const failure = { name: 'TransientError', reason: 'ContainerdUnavailable' };
    await expect(writeBlob(busy.client, writeOf(), { seconds: 0.2 })).rejects.toMatchObject(failure);
  });

  test.each([
    [Code.Unavailable, 'connection lost', 'TransientError', 'ContainerdUnavailable'],
    [Code.Unknown, 'write /…: no space left on device', 'TransientError', 'DiskFull'],
    [Code.InvalidArgument, 'ref is empty', 'InternalError', 'InternalError'],
    [Code.FailedPrecondition, 'unexpected commit digest', 'UserError', 'DigestMismatch'],
  ])('says what a refusal means: %i %s', async (code, message, name, reason) => {
    const { client } = aService({ refusals: [{ at: 'commit', code, message }] });
    await expect(writeBlob(client, writeOf())).rejects.toMatchObject({ name, reason });
  });
});
