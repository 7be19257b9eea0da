import { access, writeFile } from 'node:fs/promises';
import { run, runOrThrow } from '../../../cluster/command.ts';
import { prepareToEmulate } from '../../../cluster/machine.ts';

const place = '/proc/sys/fs/binfmt_misc';
const mine = `${place}/enbi-e2e-aarch64-${process.pid}`;

/**
 * Lets the kernel of this machine run programs for aarch64 until it is disposed of: flag F opens the emulator now, so that it
 * is found in every node, container and sandbox.
 */
export async function emulateAarch64(report: (line: string) => void): Promise<AsyncDisposable> {
  await prepareToEmulate(report);
  await using undo = new AsyncDisposableStack();
  if (!(await exists(`${place}/register`))) {
    await runOrThrow(['mount', '--types', 'binfmt_misc', 'binfmt_misc', place]);
    undo.defer(async () => void (await run(['umount', place])));
  }
  await writeFile(`${place}/register`, registration(mine.slice(place.length + 1)));
  undo.defer(() => writeFile(mine, '-1'));
  return undo.move();
}

/** The first bytes of an executable: ELF, 64 bits, little-endian, any OS; program or shared object; machine 183. */
function registration(name: string): string {
  const bytes = (hex: string) => hex.replaceAll(/../g, String.raw`\x$&`);
  const magic = bytes('7f454c460201010000000000000000000200b700');
  const mask = bytes('ffffffffffffff00fffffffffffffffffeffffff');
  return `:${name}:M::${magic}:${mask}:/usr/bin/qemu-aarch64-static:F`;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
