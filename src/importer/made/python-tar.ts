import { asciiOf, bytesOf, isAscii } from './python-text.ts';
import {
  blockBytes,
  type Ownership,
  paddingOf,
  paxRecord,
  type TarMember,
  typeFlag,
  withChecksum,
} from './tar-member.ts';

/**
 * Headers as Python's tarfile writes them since 3.9 in its own default format, pax: what a field cannot hold stands in a
 * record before it. (Docs: Lib/tarfile; the device fields are empty since bpo-18819.)
 */
export function pythonHeader(member: TarMember, owner: Ownership): Buffer {
  const name = member.kind === 'directory' ? `${member.name}/` : member.name;
  const records = [
    ...textRecord('path', name, 100),
    ...textRecord('linkpath', member.target, 100),
    ...textRecord('uname', owner.uname, 32),
    ...textRecord('gname', owner.gname, 32),
    ...numberRecord('uid', owner.uid, 8),
    ...numberRecord('gid', owner.gid, 8),
    ...numberRecord('size', member.sizeBytes, 12),
    ...numberRecord('mtime', owner.mtime, 12),
  ];
  const main = header({ ...owner, ...member, name, flag: typeFlag[member.kind] });
  return records.length === 0 ? main : Buffer.concat([extended(records), main]);
}

/** Two empty blocks, and more until the whole fills records of twenty blocks. */
export function pythonEnd(sizeBytes: number): Buffer {
  const record = 20 * blockBytes;
  const end = sizeBytes + 2 * blockBytes;
  return Buffer.alloc(Math.ceil(end / record) * record - sizeBytes);
}

interface Record {
  readonly key: string;
  readonly value: string;
}

function textRecord(key: string, value: string, room: number): Record[] {
  return isAscii(value) && value.length <= room ? [] : [{ key, value }];
}

function numberRecord(key: string, value: number, room: number): Record[] {
  return fits(value, room) ? [] : [{ key, value: String(value) }];
}

function fits(value: number, room: number): boolean {
  return value >= 0 && value < 8 ** (room - 1);
}

function extended(records: readonly Record[]): Buffer {
  const isBinary = records.some(({ value }) => !value.isWellFormed());
  const content = Buffer.concat([
    ...(isBinary ? [paxRecord('hdrcharset', Buffer.from('BINARY'))] : []),
    ...records.map(({ key, value }) => paxRecord(key, bytesOf(value))),
  ]);
  const nobody = { mode: 0, uid: 0, gid: 0, mtime: 0, target: '', uname: '', gname: '' };
  const before = header({ ...nobody, name: '././@PaxHeader', sizeBytes: content.length, flag: 'x' });
  return Buffer.concat([before, content, Buffer.alloc(paddingOf(content.length))]);
}

interface Fields extends Ownership {
  readonly name: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly target: string;
  readonly flag: string;
}

function header({ name, mode, uid, gid, sizeBytes, mtime, flag, target, uname, gname }: Fields): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(asciiOf(name).slice(0, 100), 0, 'latin1');
  block.write(octal(mode, 8) + octal(uid, 8) + octal(gid, 8) + octal(sizeBytes, 12) + octal(mtime, 12), 100, 'latin1');
  block.write(flag, 156, 'latin1');
  block.write(asciiOf(target).slice(0, 100), 157, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(asciiOf(uname).slice(0, 32), 265, 'latin1');
  block.write(asciiOf(gname).slice(0, 32), 297, 'latin1');
  return withChecksum(block);
}

function octal(value: number, room: number): string {
  return `${(fits(value, room) ? value : 0).toString(8).padStart(room - 1, '0')}\0`;
}
