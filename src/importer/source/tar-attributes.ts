import { UserError } from '../../errors.ts';

/** What stands before a member's header because the header's fields are too small for it. */
export interface Attributes {
  readonly name?: string;
  readonly sizeBytes?: number;
}

/** Records `<length> <key>=<value>\n` (POSIX.1-2001 pax). */
export function paxAttributes(data: Buffer): Attributes {
  const found: { name?: string; sizeBytes?: number } = {};
  for (let at = 0; at < data.length; ) {
    const length = Number.parseInt(data.toString('latin1', at, at + 12), 10);
    const record = data.toString('utf8', at, at + length);
    const match = /^\d+ ([^=]+)=([^]*)\n$/.exec(record);
    if (match === null) {
      throw new UserError('InvalidArchive', 'a member of the archive has malformed pax attributes');
    }
    const [, key, value = ''] = match;
    if (key === 'path') {
      found.name = value;
    } else if (key === 'size') {
      found.sizeBytes = sizeOf(value);
    }
    at += length;
  }
  return found;
}

/** GNU's long name, ended by a zero byte. */
export function longName(data: Buffer): string {
  return data.toString('utf8').replace(/\0+$/, '');
}

function sizeOf(value: string): number {
  const size = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(size)) {
    throw new UserError('InvalidArchive', 'a member of the archive has a malformed size');
  }
  return size;
}
