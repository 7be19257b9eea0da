import { refuseUnless, utf8 } from './refusal.ts';

export const blockBytes = 512;

/** One header block of a tar archive, as it stands there. */
export interface TarHeader {
  readonly name: string;
  /** tar's type flag. */
  readonly flag: string;
  readonly sizeBytes: number;
  /** What a link leads to; of other members whatever stands there. */
  readonly target: Buffer;
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

export function parseHeader(block: Buffer, position: number): TarHeader {
  refuseUnless(isTarHeader(block), `no tar header at byte ${position}`);
  const flag = String.fromCharCode(block[156] ?? 0);
  return { name: nameIn(block), flag, sizeBytes: sizeIn(block), target: upToZero(block.subarray(157, 257)) };
}

function nameIn(block: Buffer): string {
  const name = text(block.subarray(0, 100));
  const prefix = text(block.subarray(345, 500));
  // GNU's magic is another, and has times where ustar has the prefix.
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
  return isUstar && prefix !== '' ? `${prefix}/${name}` : name;
}

function sizeIn(block: Buffer): number {
  const field = block.subarray(124, 136);
  const size = (field[0] ?? 0) & 0x80 ? binary(field) : octal(field);
  refuseUnless(Number.isSafeInteger(size), 'a member of the archive has a malformed size');
  return size;
}

/** GNU writes sizes from 8 GiB on as a binary number, marked by the first bit; the second one is its sign. */
function binary(field: Buffer): number {
  const high = field.readUInt32BE(0);
  return high === 0x8000_0000 ? Number(field.readBigUInt64BE(4)) : Number.NaN;
}

/** Strict: blanks before and NULs or blanks behind; anything after those would be read by some and not by others. */
function octal(field: Buffer): number {
  const match = /^ *([0-7]*)[\0 ]*$/.exec(field.toString('latin1'));
  return match === null ? Number.NaN : Number.parseInt(match[1] || '0', 8);
}

function text(field: Buffer): string {
  return utf8(upToZero(field), "a member's name");
}

function upToZero(field: Buffer): Buffer {
  const end = field.indexOf(0);
  return end === -1 ? field : field.subarray(0, end);
}
