import { limits } from '../limits.ts';
import { refuseBeyond, refuseUnless, utf8 } from './refusal.ts';

/** What stands before a member's header because the header's fields are too small for it. */
export interface Attributes {
  readonly name?: string;
  readonly sizeBytes?: number;
  /** What a link leads to. */
  readonly target?: Buffer;
}

/** Keys that change what a member is called or how long it is; readers disagree about them where they are out of place. */
const decisive = /^(path|size|linkpath|GNU\.sparse\..*)$/;

/** Of one member (pax `x`). */
export function memberAttributes(data: Buffer): Attributes {
  const found: { -readonly [key in keyof Attributes]: Attributes[key] } = {};
  const seen = new Set<string>();
  for (const [key, value] of paxRecords(data)) {
    refuseUnless(!key.startsWith('GNU.sparse.'), 'a member of the archive is a sparse file, which enbi does not read');
    refuseUnless(!(decisive.test(key) && seen.has(key)), `a member of the archive has the pax attribute ${key} twice`);
    seen.add(key);
    if (key === 'path') {
      found.name = checkedName(value);
    } else if (key === 'size') {
      found.sizeBytes = sizeOf(value);
    } else if (key === 'linkpath') {
      found.target = value;
    }
  }
  return found;
}

/** Of all members that follow (pax `g`): a comment of `git archive`, but nothing that decides what they are. */
export function checkGlobalAttributes(data: Buffer): void {
  for (const [key] of paxRecords(data)) {
    refuseUnless(!decisive.test(key), `the archive has the pax attribute ${key} for all its members`);
  }
}

/** GNU's long name. */
export function longName(data: Buffer): string {
  return checkedName(longText(data));
}

/** GNU's long name or link target, without the zero bytes that end it. */
export function longText(data: Buffer): Buffer {
  let end = data.length;
  while (end > 0 && data[end - 1] === 0) {
    end -= 1;
  }
  return data.subarray(0, end);
}

/** Records `<length> <key>=<value>\n`, the length with its own digits (POSIX.1-2001 pax). */
function* paxRecords(data: Buffer): Generator<[key: string, value: Buffer]> {
  for (let at = 0; at < data.length; ) {
    const digits = /^([1-9]\d{0,8}) /.exec(data.toString('latin1', at, at + 10))?.[1] ?? '';
    const end = at + Number(digits);
    const record = data.subarray(at + digits.length + 1, end - 1);
    const equals = record.indexOf('=');
    const whole = digits !== '' && end <= data.length && data[end - 1] === 0x0a;
    refuseUnless(whole && equals > 0, 'a member of the archive has malformed pax attributes');
    yield [utf8(record.subarray(0, equals), 'a pax attribute'), record.subarray(equals + 1)];
    at = end;
  }
}

function checkedName(bytes: Buffer): string {
  refuseBeyond(
    bytes.length <= limits.nameBytes,
    `a member's name has ${bytes.length} bytes, at most ${limits.nameBytes} are read`,
  );
  refuseUnless(bytes.length > 0 && !bytes.includes(0), "a member's name is empty or has a zero byte in it");
  return utf8(bytes, "a member's name");
}

function sizeOf(value: Buffer): number {
  const text = value.toString('latin1');
  const size = Number(text);
  refuseUnless(/^\d{1,16}$/.test(text) && Number.isSafeInteger(size), 'a member of the archive has a malformed size');
  return size;
}
