import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const programHeader = { load: 1, dynamic: 2 } as const;
const dynamicTag = { end: 0, needed: 1, stringTable: 5 } as const;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** Names of the libraries a 64-bit little-endian ELF file is linked to (DT_NEEDED); undefined when it is no such file. */
export function neededLibraries(file: string): string[] | undefined {
  if (!isElf(file)) return undefined;
  return neededInElf(readFileSync(file));
}

function isElf(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const magic = Buffer.alloc(6);
    readSync(descriptor, magic);
    return magic.equals(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]));
  } finally {
    closeSync(descriptor);
  }
}

export function neededInElf(elf: Buffer): string[] {
  const segments = segmentsOf(elf);
  const dynamic = segments.find((segment) => segment.type === programHeader.dynamic);
  if (dynamic === undefined) return [];
  const entries = dynamicEntries(elf, dynamic);
  const strings = entries.find((entry) => entry.tag === dynamicTag.stringTable);
  if (strings === undefined) return [];
  const table = fileOffset(segments, strings.value);
  return entries
    .filter((entry) => entry.tag === dynamicTag.needed)
    .map((entry) => elf.toString('latin1', table + entry.value, elf.indexOf(0, table + entry.value)));
}

function segmentsOf(elf: Buffer): Segment[] {
  const [start, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)];
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    return {
      type: elf.readUInt32LE(at),
      offset: Number(elf.readBigUInt64LE(at + 8)),
      address: Number(elf.readBigUInt64LE(at + 16)),
      size: Number(elf.readBigUInt64LE(at + 32)),
    };
  });
}

function dynamicEntries(elf: Buffer, { offset, size }: Segment): { tag: number; value: number }[] {
  const entries = Array.from({ length: size / 16 }, (_, index) => ({
    tag: Number(elf.readBigInt64LE(offset + index * 16)),
    value: Number(elf.readBigUInt64LE(offset + index * 16 + 8)),
  }));
  const end = entries.findIndex((entry) => entry.tag === dynamicTag.end);
  return end === -1 ? entries : entries.slice(0, end);
}

/** The string table is named by its address in memory; the segment that is loaded there tells its place in the file. */
function fileOffset(segments: readonly Segment[], address: number): number {
  const home = segments.find(
    (segment) =>
      segment.type === programHeader.load && address >= segment.address && address < segment.address + segment.size,
  );
  if (home === undefined) throw new Error(`no segment of the ELF file holds address ${address}`);
  return address - home.address + home.offset;
}
