import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import type { Cursor } from './cursor.ts';
import { type Attributes, longName, paxAttributes } from './tar-attributes.ts';

export const blockBytes = 512;

/** As many bytes of a member's content as tell how it is compressed. */
const headBytes = 4;

export interface TarEntry {
  /** Without `./` before and `/` behind. */
  readonly name: string;
  readonly kind: 'file' | 'link' | 'other';
  readonly sizeBytes: number;
  /** Where the content begins. */
  readonly position: number;
  readonly head: Buffer;
}

/** Every member in order; content is skipped. Throws UserError `InvalidArchive`, also for an archive cut short. */
export async function* tarEntries(cursor: Cursor): AsyncGenerator<TarEntry, void, undefined> {
  let attributes: Attributes = {};
  for (let count = 0; ; count++) {
    refuseUnless(count < limits.entries, `the archive has more than ${limits.entries} members`);
    const header = await cursor.read(blockBytes);
    refuseUnless(header.length === blockBytes, 'the archive is cut short');
    if (header.every((byte) => byte === 0)) {
      return;
    }
    refuseUnless(isTarHeader(header), `no tar header at byte ${cursor.position - blockBytes}`);
    const flag = String.fromCharCode(header[156] ?? 0);
    if (isAttributes(flag)) {
      attributes = { ...attributes, ...(await readAttributes(cursor, flag, sizeIn(header))) };
    } else {
      yield await member(cursor, header, attributes);
      attributes = {};
    }
  }
}

/** The header's checksum: the sum of its bytes, its own field read as blanks (POSIX.1-1988 ustar). */
export function isTarHeader(block: Buffer): boolean {
  if (block.length < blockBytes) {
    return false;
  }
  const claimed = octal(block.subarray(148, 156));
  const sum = block.subarray(0, blockBytes).reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  return claimed === sum;
}

async function member(cursor: Cursor, header: Buffer, attributes: Attributes): Promise<TarEntry> {
  const sizeBytes = attributes.sizeBytes ?? sizeIn(header);
  refuseUnless(sizeBytes <= limits.contentBytes, 'a member of the archive is larger than an image may be');
  const name = (attributes.name ?? nameIn(header)).replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
  const { position } = cursor;
  const head = await cursor.read(Math.min(sizeBytes, headBytes));
  const complete = await cursor.skip(padded(sizeBytes) - head.length);
  refuseUnless(complete, `the archive is cut short inside ${name}`);
  return { name, kind: kindOf(header[156] ?? 0), sizeBytes, position, head };
}

function kindOf(flag: number): TarEntry['kind'] {
  switch (String.fromCharCode(flag)) {
    case '\0':
    case '0':
    case '7':
      return 'file';
    case '1':
    case '2':
      return 'link';
    default:
      return 'other';
  }
}

/** pax (for one member, for all) and GNU's long names and link targets. */
function isAttributes(flag: string): boolean {
  return flag === 'x' || flag === 'g' || flag === 'L' || flag === 'K';
}

async function readAttributes(cursor: Cursor, flag: string, sizeBytes: number): Promise<Attributes> {
  refuseUnless(sizeBytes <= limits.documentBytes, 'a member of the archive has oversized attributes');
  const data = await cursor.read(padded(sizeBytes));
  refuseUnless(data.length === padded(sizeBytes), 'the archive is cut short');
  const content = data.subarray(0, sizeBytes);
  if (flag === 'x') {
    return paxAttributes(content);
  }
  return flag === 'L' ? { name: longName(content) } : {};
}

function nameIn(header: Buffer): string {
  const name = text(header.subarray(0, 100));
  const prefix = text(header.subarray(345, 500));
  const isUstar = header.toString('latin1', 257, 263) === 'ustar\0';
  return isUstar && prefix !== '' ? `${prefix}/${name}` : name;
}

function sizeIn(header: Buffer): number {
  const field = header.subarray(124, 136);
  // GNU writes sizes from 8 GiB on as a binary number, marked by the first bit.
  const size = (field[0] ?? 0) & 0x80 ? Number(field.readBigUInt64BE(4)) : octal(field);
  refuseUnless(Number.isSafeInteger(size) && size >= 0, 'a member of the archive has a malformed size');
  return size;
}

function octal(field: Buffer): number {
  const digits = field
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : Number.NaN;
}

function text(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? field.length : end);
}

function padded(size: number): number {
  return Math.ceil(size / blockBytes) * blockBytes;
}

function refuseUnless(condition: boolean, problem: string): asserts condition {
  if (!condition) {
    throw new UserError('InvalidArchive', problem);
  }
}
