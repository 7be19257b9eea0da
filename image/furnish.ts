import { chmodSync, chownSync, existsSync, globSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { applets, directories, files, links } from './contents.ts';
import { makeDirectory } from './directory.ts';

const enbiUid = 1000;

/** Makes what Debian's packages make in their install scripts, which are not run: links, accounts, the certificate file. */
export function furnish(rootfs: string): void {
  for (const [path, mode] of Object.entries(directories)) makeDirectory(rootfs, path, mode);
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(rootfs, path));
  for (const applet of applets) linkApplet(rootfs, applet);
  for (const [path, content] of Object.entries(files)) writeNew(rootfs, path, content);
  writeNew(rootfs, 'etc/ssl/certs/ca-certificates.crt', certificates(rootfs));
  chownSync(join(rootfs, 'home/enbi'), enbiUid, enbiUid);
}

function linkApplet(rootfs: string, applet: string): void {
  const path = join(rootfs, 'usr/bin', applet);
  if (!existsSync(path)) symlinkSync('busybox', path);
}

function writeNew(rootfs: string, path: string, content: string): void {
  makeDirectory(rootfs, dirname(path));
  writeFileSync(join(rootfs, path), content);
  chmodSync(join(rootfs, path), 0o644);
}

/** What update-ca-certificates does: all of Mozilla's certificates in one file. */
function certificates(rootfs: string): string {
  const directory = join(rootfs, 'usr/share/ca-certificates/mozilla');
  const names = globSync('*.crt', { cwd: directory }).toSorted();
  return names.map((name) => `${readFileSync(join(directory, name), 'utf8').trimEnd()}\n`).join('');
}
