import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import { headBytes } from './compression.ts';
import type { Cursor } from './cursor.ts';
import { refuseBeyond, refuseUnless } from './refusal.ts';
import { type Attributes, checkGlobalAttributes, longName, longText, memberAttributes } from './tar-attributes.ts';
import { blockBytes, parseHeader, type TarHeader } from './tar-header.ts';
import { linkedName, memberName } from './tar-names.ts';

/** What an octal size field cannot hold is written as this, or as 0, with the truth in an attribute. */
const largestOctal = 0o77777777777;

export interface TarEntry {
  /** Without `./` before and `/` behind. */
  readonly name: string;
  readonly kind: 'file' | 'link' | 'directory' | 'special';
  readonly sizeBytes: number;
  /** Where the content begins. */
  readonly position: number;
  readonly head: Buffer;
  /** Of a link: the name of the member that it stands for. Undefined: what it leads to is not in the archive. */
  readonly target?: string | undefined;
}

/**
 * Every member in order, to the archive's very end; content is skipped. Throws UserError `InvalidArchive`, also for an archive
 * cut short, and for one that another reader could take for something else than what is told here.
 */
export async function* tarEntries(cursor: Cursor): AsyncGenerator<TarEntry, void, undefined> {
  const pending = new Pending();
  for (let count = 0; ; count++) {
    refuseBeyond(count < limits.entries, `the archive has more than ${limits.entries} members`);
    const { position } = cursor;
    const block = await cursor.read(blockBytes);
    refuseUnless(block.length === blockBytes, 'the archive is cut short');
    if (isZero(block)) {
      pending.take();
      return checkEnd(cursor);
    }
    const header = parseHeader(block, position);
    if (isAttributes(header.flag)) {
      pending.add(header.flag, await readAttributes(cursor, header.sizeBytes));
    } else {
      yield await member(cursor, header, pending.takeFor(header));
    }
  }
}

/** Attributes on their way to their member. GNU's and pax do not mix: readers disagree about which of the two count. */
class Pending {
  readonly #flags = new Set<string>();
  #attributes: Attributes = {};
  #bytes = 0;

  add(flag: string, data: Buffer): void {
    this.#bytes += data.length;
    refuseBeyond(this.#bytes <= limits.allAttributesBytes, 'the members of the archive have oversized attributes');
    if (flag === 'g') {
      return checkGlobalAttributes(data);
    }
    const mixed = flag === 'x' ? this.#flags.size > 0 : this.#flags.has('x') || this.#flags.has(flag);
    refuseUnless(!mixed, 'a member of the archive has attributes twice');
    this.#flags.add(flag);
    this.#attributes = { ...this.#attributes, ...attributesIn(flag, data) };
  }

  takeFor(header: TarHeader): Attributes {
    const attributes = this.#attributes;
    this.#attributes = {};
    this.#flags.clear();
    const { sizeBytes } = attributes;
    const agrees = sizeBytes === undefined || [0, largestOctal, sizeBytes].includes(header.sizeBytes);
    refuseUnless(agrees, `a member of the archive has two sizes, ${header.sizeBytes} and ${sizeBytes}`);
    return attributes;
  }

  /** At the end of the archive. */
  take(): void {
    refuseUnless(this.#flags.size === 0, 'the archive ends with the attributes of a member that is not there');
  }
}

function attributesIn(flag: string, data: Buffer): Attributes {
  if (flag === 'x') {
    return memberAttributes(data);
  }
  return flag === 'L' ? { name: longName(data) } : { target: longText(data) };
}

async function member(cursor: Cursor, header: TarHeader, attributes: Attributes): Promise<TarEntry> {
  const sizeBytes = attributes.sizeBytes ?? header.sizeBytes;
  refuseBeyond(sizeBytes <= limits.contentBytes, 'a member of the archive is larger than an image may be');
  const written = attributes.name ?? header.name;
  const name = memberName(written);
  refuseUnless(!name.split('/').includes('..'), `the archive has a member outside of itself: ${name.slice(0, 200)}`);
  const kind = kindOf(header.flag, written);
  refuseUnless(kind === 'file' || sizeBytes === 0, `${name.slice(0, 200)} is a ${kind} and has content`);
  const { position } = cursor;
  const head = await cursor.read(Math.min(sizeBytes, headBytes));
  const complete = await cursor.skip(padded(sizeBytes) - head.length);
  refuseUnless(complete, `the archive is cut short inside ${name.slice(0, 200)}`);
  const entry = { name, kind, sizeBytes, position, head };
  return kind === 'link'
    ? { ...entry, target: linkedName(name, header.flag, attributes.target ?? header.target) }
    : entry;
}

function kindOf(flag: string, name: string): TarEntry['kind'] {
  switch (flag) {
    case '\0':
    case '0':
    case '7':
      // As Unix V7 wrote directories.
      return name.endsWith('/') ? 'directory' : 'file';
    case '1':
    case '2':
      return 'link';
    case '3':
    case '4':
    case '6':
      return 'special';
    case '5':
      return 'directory';
    default:
      // GNU's sparse files and continued volumes have content that other readers do not see.
      throw new UserError(
        'InvalidArchive',
        `a member of the archive is of the kind ${JSON.stringify(flag)}, enbi reads files`,
      );
  }
}

/** pax (for one member, for all) and GNU's long names and link targets. */
function isAttributes(flag: string): boolean {
  return flag === 'x' || flag === 'g' || flag === 'L' || flag === 'K';
}

async function readAttributes(cursor: Cursor, sizeBytes: number): Promise<Buffer> {
  refuseBeyond(sizeBytes <= limits.attributeBytes, 'a member of the archive has oversized attributes');
  const data = await cursor.read(padded(sizeBytes));
  refuseUnless(data.length === padded(sizeBytes), 'the archive is cut short');
  return data.subarray(0, sizeBytes);
}

/** A second block of zeros, then nothing but zeros: what comes after the end is seen by some readers (`tar -i`) only. */
async function checkEnd(cursor: Cursor): Promise<void> {
  const second = await cursor.read(blockBytes);
  refuseUnless(second.length === blockBytes && isZero(second), 'the archive has no end, or goes on after it');
  for (let padding = 0; ; ) {
    const chunk = await cursor.read(zeros.length);
    padding += chunk.length;
    refuseUnless(isZero(chunk), 'the archive goes on after its end');
    refuseUnless(
      padding <= limits.paddingBytes,
      `more than ${limits.paddingBytes} bytes follow the end of the archive`,
    );
    if (chunk.length < zeros.length) {
      return;
    }
  }
}

const zeros = Buffer.alloc(64 * 1024);

function isZero(data: Buffer): boolean {
  return data.equals(zeros.subarray(0, data.length));
}

function padded(size: number): number {
  return Math.ceil(size / blockBytes) * blockBytes;
}
