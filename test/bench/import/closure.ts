/** One store path of the image, as data: from it the files follow, the same on every machine. */
export interface StoreEntry {
  /** Its name below `/nix/store`. */
  readonly name: string;
  readonly files: readonly FileEntry[];
}

export interface FileEntry {
  readonly path: string;
  readonly sizeBytes: number;
}

/** Each layer's store paths, from the bottom up; the layer with the app is the last. */
export type Closure = readonly (readonly StoreEntry[])[];

/** As of an app with an interpreter and its libraries: nixpkgs puts each popular path into a layer of its own. */
const libraryLayers = 39;
const libraryFiles = 19_100;
const libraryBytes = 526_000_000;
const appFiles = 174;
const appBytes = 4_000_000;

export type Version = 'one' | 'two';

/** The closure of the app in a version; what it depends on is the same in both. */
export function closureOf(version: Version): Closure {
  const shares = Array.from({ length: libraryLayers }, (_, at) => 1 / (at + 3));
  const sum = shares.reduce((total, share) => total + share, 0);
  const libraries = shares.map((share, at) => {
    const files = filesOf(Math.round(libraryFiles / libraryLayers), Math.round((libraryBytes * share) / sum));
    return [{ name: storeName(`library-${at}`), files }];
  });
  return [...libraries, [{ name: storeName(`app-${version}`), files: filesOf(appFiles, appBytes) }]];
}

/** Thirty-two characters of Nix' alphabet, then the name; which ones does not matter. */
export function storeName(name: string): string {
  const alphabet = '0123456789abcdfghijklmnpqrsvwxyz';
  let state = 7;
  const hash = Array.from({ length: 32 }, (_, at) => {
    state = (state * 31 + name.charCodeAt(at % name.length) + at) % 65_521;
    return alphabet[state % 32];
  });
  return `${hash.join('')}-${name}`;
}

/** One file holds two fifths of the bytes, the others share the rest, most of them small: so it is with packages. */
function filesOf(count: number, bytes: number): FileEntry[] {
  const big = Math.round(bytes * 0.4);
  const shares = Array.from({ length: count - 1 }, (_, at) => 1 / (at + 2));
  const sum = shares.reduce((total, share) => total + share, 0);
  const small = shares.map((share, at) => ({
    path: `share/part-${at % 12}/file-${at}`,
    sizeBytes: Math.round(((bytes - big) * share) / sum),
  }));
  return [{ path: 'lib/library.so', sizeBytes: big }, ...small];
}
