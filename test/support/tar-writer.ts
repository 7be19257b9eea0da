/**
 * tar archives block by block, lying ones too: every field can be given as bytes. Shares nothing with the reader it is held
 * against (src/importer/source/tar.ts), and little with `tarOf`, which writes proper archives only.
 */
export interface HeaderFields {
  readonly name?: string | Buffer;
  readonly prefix?: string;
  /** A number is written in octal, bytes as they are. */
  readonly size?: number | Buffer;
  readonly flag?: string;
  readonly linkTarget?: string;
  readonly magic?: 'ustar' | 'gnu' | 'v7';
}

const magics = { ustar: 'ustar\x0000', gnu: 'ustar  \0', v7: '' } as const;

/** One header block with its right checksum. */
export function headerBlock({ name = '', prefix = '', size = 0, flag = '0', ...fields }: HeaderFields): Buffer {
  const block = Buffer.alloc(512);
  place(block, 0, name, 100);
  block.write('0000644\x000000000\x000000000\0', 100);
  place(block, 124, typeof size === 'number' ? octal(size, 12) : size, 12);
  block.write(octal(0, 12), 136);
  place(block, 156, flag, 1);
  place(block, 157, fields.linkTarget ?? '', 100);
  block.write(magics[fields.magic ?? 'ustar'], 257);
  place(block, 345, prefix, 155);
  return withChecksum(block);
}

/** The same block with the checksum that its bytes have now. */
export function withChecksum(block: Buffer): Buffer {
  const summed = Buffer.from(block);
  summed.fill(' ', 148, 156);
  const sum = summed.reduce((total, byte) => total + byte, 0);
  summed.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return summed;
}

export function member(fields: HeaderFields, content: string | Buffer = ''): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([headerBlock({ size: bytes.length, ...fields }), padded(bytes)]);
}

/** pax attributes for the next member, or with the flag `g` for all that follow. */
export function paxHeader(records: readonly Buffer[], flag: 'x' | 'g' = 'x'): Buffer {
  return member({ name: 'pax', flag }, Buffer.concat(records));
}

export function paxRecord(key: string, value: string | Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = rest.length + 1;
  while (`${length}`.length + rest.length !== length) {
    length = `${length}`.length + rest.length;
  }
  return Buffer.concat([Buffer.from(`${length}`), rest]);
}

/** GNU's long name (`L`) or long link target (`K`). */
export function gnuLong(flag: 'L' | 'K', text: string): Buffer {
  return member({ name: '././@LongLink', flag, magic: 'gnu' }, `${text}\0`);
}

/** As GNU writes sizes from 8 GiB on. */
export function binarySize(size: number | bigint): Buffer {
  const field = Buffer.alloc(12);
  field.writeBigUInt64BE(BigInt.asUintN(64, BigInt(size)), 4);
  field.fill(size < 0 ? 0xff : 0, 0, 4);
  field.writeUInt8(size < 0 ? 0xff : 0x80, 0);
  return field;
}

export const end = Buffer.alloc(1024);

export function archive(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat([...parts, end]);
}

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`;
}

function place(block: Buffer, at: number, text: string | Buffer, length: number): void {
  Buffer.from(text).copy(block, at, 0, length);
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}
