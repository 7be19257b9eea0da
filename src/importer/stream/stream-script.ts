import type { FileHandle } from 'node:fs/promises';
import { StorePath } from '../../api/result.ts';
import { limits } from '../limits.ts';
import type { Place } from '../source/place.ts';
import { openWithin } from '../source/store-file.ts';
import { parseStrictJson } from '../source/strict-json.ts';
import { StreamConf } from './stream-conf.ts';

/** A stream script whose image is known without running it. */
export interface StreamScript {
  readonly conf: StreamConf;
  /** Permission bits of `/nix` and `/nix/store`, which were 0555 in older versions. */
  readonly rootMode: number;
}

const wrapperBytes = 16 * 1024;
const programBytes = 256 * 1024;

/**
 * The result of nixpkgs' streamLayeredImage, or undefined: any other program, or one of a version that lays its image out
 * in a way enbi does not know. Whatever is not certain is left to a run of the script.
 */
export async function readStreamScript(place: Place): Promise<StreamScript | undefined> {
  const wrapper = wrapperIn(await textOf(place, place.path, wrapperBytes));
  if (wrapper === undefined) {
    return undefined;
  }
  const rootMode = rootModeIn(await textOf(place, inStore(place, wrapper.program), programBytes));
  const conf = confIn(await textOf(place, inStore(place, wrapper.conf), limits.documentBytes));
  return rootMode === undefined || conf === undefined ? undefined : { conf, rootMode };
}

export function inStore({ root }: Pick<Place, 'root'>, path: StorePath): string {
  return path.replace('/nix/store', root);
}

/** Written by makeWrapper: a shell that becomes the program with one argument, and does nothing else. */
const wrapperForm =
  /^#! ?\/\S+sh(?: -e)?\n(?:[ \t]*\n|#.*\n)*exec[ \t]+(?:-a "\$0"[ \t]+)?"?([^\s"]+)"?[ \t]+([^\s"]+)[ \t]+(?:"\$\{extraFlagsArray\[@\]\}"[ \t]+)?"\$@"\s*$/;

function wrapperIn(text: string): { program: StorePath; conf: StorePath } | undefined {
  const [, ...found] = wrapperForm.exec(text) ?? [];
  const [program, conf] = found.map((path) => StorePath.safeParse(path).data);
  const isKnown = program?.endsWith('-stream') === true && conf?.endsWith('-conf.json') === true;
  return isKnown ? { program, conf } : undefined;
}

/** Pythons whose tarfile writes the same bytes; 3.8 still filled in device numbers. */
const interpreterForm = /^#! ?\/nix\/store\/[^\s/]+-python3-3\.(9|1[0-4])\.[^\s/]+\/bin\/python3?[\d.]*\n/;

/** What in the program decides about the bytes; a version without one of these wrote other ones. */
const decisive = [
  /\.islnk\(\)/,
  /\.is_symlink\(\)/,
  /\.rglob\(["']\*["']\)/,
  /\bsorted\(/,
  /tarfile\.open\([^)]{0,200}["']w\|["']/,
  /["']store_layers["']/,
  /["']customisation_layer["']/,
];

function rootModeIn(program: string): number | undefined {
  const modes = new Set([...program.matchAll(/\.mode\s*=\s*0o0*(\d+)/g)].map(([, digits]) => digits));
  const [mode] = modes;
  const isKnown = interpreterForm.test(program) && decisive.every((form) => form.test(program)) && modes.size === 1;
  return isKnown && (mode === '555' || mode === '755') ? Number.parseInt(mode, 8) : undefined;
}

function confIn(text: string): StreamConf | undefined {
  try {
    return StreamConf.safeParse(parseStrictJson('the conf', Buffer.from(text))).data;
  } catch {
    return undefined;
  }
}

/** Nothing when there is more of it. */
async function textOf(place: Place, path: string, most: number): Promise<string> {
  const bytes = await headOf(place, path, most + 1);
  return bytes.length > most ? '' : bytes.toString('utf8');
}

/** Nothing when it cannot be read: a run of the script will tell why. */
async function headOf({ root }: Place, path: string, length: number): Promise<Buffer> {
  let file: FileHandle;
  try {
    file = await openWithin(root, path);
  } catch {
    return Buffer.alloc(0);
  }
  await using opened = file;
  const { buffer, bytesRead } = await opened.read(Buffer.alloc(length), 0, length, 0);
  return buffer.subarray(0, bytesRead);
}
