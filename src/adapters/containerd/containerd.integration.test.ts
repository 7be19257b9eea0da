import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureComponents } from '../../../cluster/components.ts';
import { startContainerd, type TestContainerd } from '../../../test/support/containerd.ts';
import { sha256 } from '../../../test/support/images.ts';
import { Sha256Digest } from '../../api/result.ts';
import { nodeImagesConform } from '../../importer/node-images.conformance.ts';
import { foreignPinsConform, pinsConform } from '../../importer/pins.conformance.ts';
import type { BlobWrite, NodeImages } from '../../importer/ports.ts';
import { type Connection, connectTo } from './connection.ts';
import { containerdImages } from './containerd.ts';
import { refOf } from './write-blob.ts';

let daemon: TestContainerd;
let images: NodeImages;
let connection: Connection;

beforeAll(async () => {
  const { bin } = await ensureComponents(() => {});
  daemon = await startContainerd(bin);
  images = containerdImages(daemon.socket);
  connection = connectTo(daemon.socket);
});

afterAll(async () => {
  images.close();
  connection.close();
  await daemon[Symbol.asyncDispose]();
});

describe('containerd conforms', () => {
  nodeImagesConform(() => images);
  foreignPinsConform(() => images);
  pinsConform(() => images);
});

describe('containerd', () => {
  test('goes on where a broken write stopped', async () => {
    const leased = await images.lease('resume', inAnHour(), 'team');
    const content = randomBytes(8 * mebibyte);
    const write = writeOf(content);
    const other = containerdImages(daemon.socket);
    const otherLeased = await other.lease('resume-killed', inAnHour(), 'team');
    const writing = otherLeased.writeBlob({ ...write, open: () => halted(content, 5 * mebibyte) });
    writing.catch(() => {});
    await expect.poll(() => ingested(write), { timeout: 60_000 }).toBe(5 * mebibyte);
    other.close();
    await expect(writing).rejects.toThrow();
    expect(await ingested(write)).toBe(5 * mebibyte);
    expect(await leased.writeBlob(write)).toBe('written');
    expect((await leased.blobs([write.digest])).get(write.digest)?.sizeBytes).toBe(content.length);
    await leased.end();
    await otherLeased.end();
  });

  test('a broken write of other bytes does not spoil the digest for the next', async () => {
    const leased = await images.lease('spoiled', inAnHour(), 'team');
    const content = randomBytes(4 * mebibyte);
    const write = writeOf(content);
    const other = containerdImages(daemon.socket);
    const otherLeased = await other.lease('spoiled-killed', inAnHour(), 'team');
    const writing = otherLeased.writeBlob({ ...write, open: () => halted(randomBytes(4 * mebibyte), 3 * mebibyte) });
    writing.catch(() => {});
    await expect.poll(() => ingested(write), { timeout: 60_000 }).toBe(3 * mebibyte);
    other.close();
    await expect(writing).rejects.toThrow();
    expect(await leased.writeBlob(write)).toBe('written');
    await leased.end();
  });

  test('two writers of one digest: the second waits and finds it there', async () => {
    const leased = await images.lease('two-writers', inAnHour(), 'team');
    const content = randomBytes(4 * mebibyte);
    const write = writeOf(content);
    const slow = leased.writeBlob({ ...write, open: () => slowly(content) });
    await expect.poll(() => ingested(write), { timeout: 60_000 }).toBeGreaterThan(0);
    expect(await leased.writeBlob(write)).toBe('present');
    expect(await slow).toBe('written');
    await leased.end();
  });

  test('a tenant that writes under another’s digest keeps nobody else waiting for it', async () => {
    const content = randomBytes(4 * mebibyte);
    const write = writeOf(content);
    const attacker = await images.lease('attacker', inAnHour(), 'attacker');
    const stalled = attacker.writeBlob({ ...write, open: () => halted(randomBytes(4 * mebibyte), 3 * mebibyte) });
    stalled.catch(() => {});
    const ref = refOf('attacker', write.digest);
    const begun = async () => Number((await connection.services().content.status({ ref })).status?.offset ?? 0);
    await expect.poll(() => begun().catch(() => 0), { timeout: 60_000 }).toBe(3 * mebibyte);
    const leased = await images.lease('victim', inAnHour(), 'team');
    expect(await Promise.race([leased.writeBlob(write), sleep(10_000, 'waits', { ref: false })])).toBe('written');
    await leased.end();
    await attacker.end();
  });

  test('content that nothing refers to goes with its lease', async () => {
    const leased = await images.lease('forgotten', inAnHour(), 'team');
    const write = writeOf(randomBytes(1000));
    await leased.writeBlob(write);
    await daemon.ctr('content', 'prune', 'references').catch(() => {});
    expect((await leased.blobs([write.digest])).size).toBe(1);
    await leased.end();
    const probe = await images.lease('probe', inAnHour(), 'team');
    await expect.poll(async () => (await probe.blobs([write.digest])).size, { timeout: 20_000 }).toBe(0);
    await probe.end();
  });

  test('a lease that nobody ended is gone when it is over, with what it held', async () => {
    const expires = new Date(Date.now() + 1500);
    const leased = await images.lease('left-behind', expires, 'team');
    const [finished, begun] = [writeOf(randomBytes(1000)), writeOf(randomBytes(4 * mebibyte))];
    await leased.writeBlob(finished);
    const killed = containerdImages(daemon.socket);
    const writing = (await killed.lease('left-behind-too', expires, 'team')).writeBlob({
      ...begun,
      open: () => halted(randomBytes(4 * mebibyte), mebibyte),
    });
    writing.catch(() => {});
    await expect.poll(() => ingested(begun), { timeout: 60_000 }).toBe(mebibyte);
    killed.close();
    expect(await leftOf(finished)).toEqual({ leases: ['left-behind', 'left-behind-too'], blobs: 1 });
    await expect
      .poll(
        async () => {
          await collectGarbage();
          return await leftOf(finished);
        },
        { timeout: 20_000 },
      )
      .toEqual({ leases: [], blobs: 0 });
    expect(Date.now()).toBeGreaterThan(expires.getTime());
  });

  test('answers again after it was killed and came back', async () => {
    await daemon.restart();
    expect(await images.record('r.example/none:1')).toBeUndefined();
  });

  test('killed and back in the middle of a write is given only the rest', async () => {
    const leased = await images.lease('cut', inAnHour(), 'team');
    const content = randomBytes(8 * mebibyte);
    const write = writeOf(content);
    const begins: number[] = [];
    const open = () => {
      begins.push(begins.length);
      return begins.length === 1 ? halted(content, 5 * mebibyte) : each([content]);
    };
    const before = await ingested(write);
    const writing = leased.writeBlob({ ...write, open });
    await expect.poll(() => ingested(write), { timeout: 60_000 }).toBe(5 * mebibyte);
    await daemon.restart();
    expect(await writing).toBe('written');
    const written = /^write_bytes: (\d+)$/m.exec(await readFile(`/proc/${daemon.pid()}/io`, 'utf8'))?.[1];
    expect({ before, begins: begins.length }).toEqual({ before: 0, begins: 2 });
    expect(Number(written)).toBeLessThan(5 * mebibyte);
    expect((await leased.blobs([write.digest])).size).toBe(1);
    await leased.end();
  });

  test('that is not there is a passing failure', async () => {
    const nobody = containerdImages(`${daemon.directory}/nobody.sock`);
    const failure = { name: 'TransientError', reason: 'ContainerdUnavailable' };
    await expect(nobody.record('r.example/none:1')).rejects.toMatchObject(failure);
    nobody.close();
  });
});

const mebibyte = 1024 * 1024;

function inAnHour(): Date {
  return new Date(Date.now() + 3_600_000);
}

function writeOf(content: Buffer): BlobWrite {
  const digest = Sha256Digest.parse(sha256(content));
  return { digest, sizeBytes: content.length, labels: {}, open: () => each([content]) };
}

/** A lease that ends with `sync` takes with it all that is due. */
async function collectGarbage(): Promise<void> {
  const { leases } = connection.services();
  await leases.create({ id: 'collector' });
  await leases.delete({ id: 'collector', sync: true });
}

/** What there is of the leases of the test about them, and of a blob that they hold. */
async function leftOf({ digest }: BlobWrite) {
  const { leases, content } = connection.services();
  const held = (await leases.list({})).leases.map(({ id }) => id).filter((id) => id.startsWith('left-behind'));
  const listed = await Array.fromAsync(content.list({ filters: [`digest==${digest}`] }));
  return { leases: held.toSorted(), blobs: listed.flatMap(({ info }) => info).length };
}

/** Bytes of a write that is not finished. */
async function ingested({ digest }: BlobWrite): Promise<number> {
  const { content } = connection.services();
  const { status } = await content.status({ ref: refOf('team', digest) }).catch(() => ({ status: undefined }));
  return Number(status?.offset ?? 0);
}

async function* each(chunks: readonly Buffer[]) {
  yield* chunks;
}

async function* halted(content: Buffer, at: number) {
  yield content.subarray(0, at);
  await sleep(60_000, undefined, { ref: false });
  yield content.subarray(at);
}

async function* slowly(content: Buffer) {
  for (let at = 0; at < content.length; at += mebibyte) {
    yield content.subarray(at, at + mebibyte);
    await sleep(200);
  }
}
