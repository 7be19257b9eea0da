import { describe, expect, it } from 'vitest';
import { neededInElf, neededLibraries } from './elf.ts';

describe('neededLibraries', () => {
  it('names what a dynamically linked program loads', () => {
    expect(neededLibraries(process.execPath)).toContain('libc.so.6');
  });

  it('is undefined for a file that is no program', () => {
    expect(neededLibraries(import.meta.filename)).toBeUndefined();
  });

  it('is empty for a program with no dynamic section', () => {
    const header = Buffer.alloc(64);
    header.writeBigUInt64LE(64n, 32);
    header.writeUInt16LE(56, 54);
    header.writeUInt16LE(0, 56);
    expect(neededInElf(header)).toEqual([]);
  });
});
