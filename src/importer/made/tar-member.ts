/** A member of a layer that enbi makes itself, whoever's way of writing it down is followed. */
export interface TarMember {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'link';
  /** Permission bits. */
  readonly mode: number;
  readonly sizeBytes: number;
  /** Of a symbolic link, else empty. */
  readonly target: string;
}

export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  readonly uname: string;
  readonly gname: string;
  /** Seconds since 1970. */
  readonly mtime: number;
}

export const blockBytes = 512;

export const typeFlag = { file: '0', directory: '5', link: '2' } as const satisfies Record<TarMember['kind'], string>;

export function paddingOf(sizeBytes: number): number {
  return (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
}

/** Puts the checksum into a header that is otherwise complete: six digits, a zero byte, a blank (as all writers do). */
export function withChecksum(header: Buffer): Buffer {
  header.write('        ', 148, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** A record of pax: `<length> <key>=<value>\n`, the length counting its own digits. */
export function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length;
  while (length !== rest.length + String(length).length) {
    length = rest.length + String(length).length;
  }
  return Buffer.concat([Buffer.from(String(length)), rest]);
}
