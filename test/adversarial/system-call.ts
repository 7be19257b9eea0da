/**
 * The smallest program for x86-64 Linux that makes one system call, with small numbers, and whose exit code is the error's number
 * (1 is EPERM): shells have no words for most system calls, and enbi's image no compiler. Gives base64.
 */
export function systemCall(number: number, args: readonly number[]): string {
  const code = Buffer.concat([...args.map(loadArgument), immediate([0xb8], number), exitWithError]);
  const header = Buffer.alloc(codeAt);
  elf.copy(header);
  header.writeBigUInt64LE(base + BigInt(codeAt), 24);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  // One segment that holds the whole file, readable and executable.
  header.writeUInt32LE(1, 64);
  header.writeUInt32LE(5, 68);
  header.writeBigUInt64LE(base, 80);
  for (const at of [96, 104]) header.writeBigUInt64LE(BigInt(codeAt + code.length), at);
  return Buffer.concat([header, code]).toString('base64');
}

const base = 0x400000n;
/** Behind the header of the file and that of its segment. */
const codeAt = 64 + 56;
/** 64 bits, little-endian, executable, x86-64. */
const elf = Buffer.from('7f454c4602010100000000000000000002003e0001000000', 'hex');

/** `mov` into edi, esi, edx, r10d, r8d. */
const registers = [[0xbf], [0xbe], [0xba], [0x41, 0xba], [0x41, 0xb8]] as const;

function loadArgument(value: number, index: number): Buffer {
  return immediate(registers[index] ?? [], value);
}

function immediate(instruction: readonly number[], value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return Buffer.concat([Buffer.from(instruction), bytes]);
}

/** syscall; neg eax; mov edi, eax; mov eax, 60; syscall */
const exitWithError = Buffer.from('0f05f7d889c7b83c0000000f05', 'hex');
