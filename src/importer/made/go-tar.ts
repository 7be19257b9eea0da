import { bytesOf, isAscii } from './python-text.ts';
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
 * Headers as Go's archive/tar writes them where no format is asked for: ustar when everything fits, a long name split at
 * a slash; else pax, its records sorted. Directories have no slash at their end.
 */
export function goHeader(member: TarMember, owner: Ownership): Buffer {
  const records = [
    ...textRecord('gname', owner.gname, 32),
    ...textRecord('linkpath', member.target, 100),
    ...(splitAt(member.name) === undefined ? textRecord('path', member.name, 100) : []),
    ...numberRecord('size', member.sizeBytes, 12),
    ...numberRecord('uid', owner.uid, 8),
    ...numberRecord('gid', owner.gid, 8),
    ...textRecord('uname', owner.uname, 32),
    ...numberRecord('mtime', owner.mtime, 12),
  ].toSorted((left, right) => (left.key < right.key ? -1 : 1));
  if (records.length === 0) {
    return ustar(member, owner);
  }
  // Once any field needs pax, every long name is a record: ustar's prefix is not used then.
  const path = textRecord('path', member.name, 100);
  const all = [...records.filter(({ key }) => key !== 'path'), ...path].toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return Buffer.concat([extended(member.name, all), block({ ...owner, ...member, flag: typeFlag[member.kind] })]);
}

export const goEnd = Buffer.alloc(2 * blockBytes);

interface Record {
  readonly key: string;
  readonly value: Buffer;
}

function textRecord(key: string, value: string, room: number): Record[] {
  const bytes = bytesOf(value);
  return isAscii(value) && bytes.length <= room ? [] : [{ key, value: bytes }];
}

function numberRecord(key: string, value: number, room: number): Record[] {
  return fits(value, room) ? [] : [{ key, value: Buffer.from(String(value)) }];
}

function fits(value: number, room: number): boolean {
  return value >= 0 && value < 8 ** (room - 1);
}

/** Where ustar's prefix ends: a long name has its last part, and as much before it as possible, apart. */
function splitAt(name: string): number | undefined {
  if (name.length <= 100 || !isAscii(name)) {
    return undefined;
  }
  const room = name.length > 156 ? 156 : name.endsWith('/') ? name.length - 1 : name.length;
  const at = name.slice(0, room).lastIndexOf('/');
  const rest = name.length - at - 1;
  return at <= 0 || rest > 100 || rest === 0 || at > 155 ? undefined : at;
}

function ustar(member: TarMember, owner: Ownership): Buffer {
  const at = splitAt(member.name);
  const name = at === undefined ? member.name : member.name.slice(at + 1);
  const prefix = at === undefined ? '' : member.name.slice(0, at);
  return block({ ...owner, ...member, name, prefix, flag: typeFlag[member.kind] });
}

function extended(name: string, records: readonly Record[]): Buffer {
  const content = Buffer.concat(records.map(({ key, value }) => paxRecord(key, value)));
  const slash = name.lastIndexOf('/');
  const shown = joined(name.slice(0, slash + 1), 'PaxHeaders.0', name.slice(slash + 1));
  const nobody = { mode: 0, uid: 0, gid: 0, mtime: 0, target: '', uname: '', gname: '' };
  const short = onlyAscii(shown).slice(0, 100).replace(/\/+$/, '');
  const before = block({ ...nobody, name: short, sizeBytes: content.length, flag: 'x' });
  return Buffer.concat([before, content, Buffer.alloc(paddingOf(content.length))]);
}

/** Go's path.Join of parts that have no dots of their own. */
function joined(...parts: readonly string[]): string {
  return parts
    .filter((part) => part !== '')
    .join('/')
    .replace(/\/+/g, '/');
}

interface Fields extends Ownership {
  readonly name: string;
  readonly prefix?: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly target: string;
  readonly flag: string;
}

function block(fields: Fields): Buffer {
  const { name, prefix = '', mode, uid, gid, sizeBytes, mtime, flag, target, uname, gname } = fields;
  const header = Buffer.alloc(blockBytes);
  text(header, 0, 100, name);
  header.write(octal(mode, 8) + octal(uid, 8) + octal(gid, 8) + octal(sizeBytes, 12) + octal(mtime, 12), 100, 'latin1');
  header.write(flag, 156, 'latin1');
  text(header, 157, 100, target);
  header.write('ustar\x0000', 257, 'latin1');
  text(header, 265, 32, uname);
  text(header, 297, 32, gname);
  // Device numbers, which a header of records goes without.
  header.write(flag === 'x' ? '' : octal(0, 8) + octal(0, 8), 329, 'latin1');
  text(header, 345, 155, prefix);
  return withChecksum(header);
}

/** Characters beyond ASCII are left out; what is cut at a slash ends before it, or a reader would see a directory. */
function text(header: Buffer, at: number, room: number, value: string): void {
  const ascii = onlyAscii(value);
  header.write(ascii.slice(0, room), at, 'latin1');
  if (ascii.length > room && ascii[room - 1] === '/') {
    header[at + ascii.slice(0, room - 1).replace(/\/+$/, '').length] = 0;
  }
}

function onlyAscii(value: string): string {
  return isAscii(value) ? value : Array.from(value).filter(isAscii).join('');
}

function octal(value: number, room: number): string {
  return `${(fits(value, room) ? value : 0).toString(8).padStart(room - 1, '0')}\0`;
}
