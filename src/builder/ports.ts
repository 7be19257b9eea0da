import type { StorePlace } from '../api/order.ts';
import type { StorePath } from '../api/result.ts';
import type { System } from '../flake-reference/flake-reference.ts';

/** What the builder needs of the world. Every method throws one of the four classes of src/errors.ts and nothing else. */
export interface Nix {
  /** Resolves `reference` to a version and writes the complete lock file to `lockFile`, whatever the flake's own says. */
  lock(reference: string, lockFile: string): Promise<LockedFlake>;
  /** Brings the flake and all its inputs into the store; where the flake itself is there. */
  fetchInputs(lockedUrl: string, lockFile: string): Promise<StorePath>;
  /** Evaluates, and builds nothing that evaluation does not need. Its derivation is in the store then. */
  evaluate(attribute: Attribute, observe: (event: NixEvent) => void): Promise<StorePath>;
  /** Evaluates, then builds or substitutes. */
  build(attribute: Attribute, observe: (event: NixEvent) => void): Promise<BuiltPackage>;
  /** Builds or substitutes the output `out` of a derivation. */
  realise(drvPath: StorePath, observe: (event: NixEvent) => void): Promise<void>;
  /** How many derivations must be built for the output `out` of this one: none where it is there, or in a binary cache. */
  buildsFor(drvPath: StorePath): Promise<number>;
  /** Runs a program of the store as a builder, apart from everything else as every builder is; what it writes is the result. */
  outputOf(program: Program, observe: (event: NixEvent) => void): Promise<StorePath>;
  /** Names below an attribute; none when it is no plain attribute set; undefined when it does not exist. */
  attributeNames(attribute: Attribute): Promise<readonly string[] | undefined>;
  imageNames(attribute: Attribute): Promise<ImageNames>;
  /** The line of a builder's log that tells of a download which may come out otherwise the next time; undefined: none does. */
  passingDownloadFailure(log: string): string | undefined;
}

/** To be run without arguments. */
export interface Program {
  readonly path: StorePath;
  readonly system: System;
  readonly timeoutSeconds: number;
  readonly maxSilentSeconds: number;
}

/** Of a set of packages that is not too large. */
export interface ImageNames {
  /** What nixpkgs or nix2container made as images. */
  readonly made: readonly string[];
  /** Where there are none of those: what is called a tar archive, and so may hold an image. */
  readonly archives: readonly string[];
}

export interface LockedFlake {
  /** Of an archive: where this version of it stays, if its host says so (`Link: <…>; rel="immutable"`). */
  readonly url?: string | undefined;
  readonly ref?: string | undefined;
  readonly rev?: string | undefined;
  readonly narHash?: string | undefined;
  readonly lastModified?: number | undefined;
  readonly revCount?: number | undefined;
  /** The lock file as Nix wrote it. */
  readonly locks: unknown;
}

/** One attribute of a flake: where the package is. */
export interface Attribute {
  /** For people; Nix is given `source`. */
  readonly lockedUrl: string;
  readonly source: string;
  readonly lockFile: string;
  /** From the flake's outputs on: `packages`, the system, the name's segments. */
  readonly path: readonly string[];
}

export interface BuiltPackage {
  readonly drvPath: StorePath;
  readonly outPath: StorePath;
  /** `outPath` is a stream script that can be read, and the archive of it, which `drvPath` would make, is not there. */
  readonly archive?: 'skipped';
}

/** What Nix does to make a package, as far as anybody here asks. */
export interface Derivation {
  readonly outputs: readonly DerivationOutput[];
  readonly inputs: readonly { readonly drvPath: StorePath; readonly outputs: readonly string[] }[];
  readonly sources: readonly StorePath[];
  readonly system: string;
  readonly builder: string;
  readonly args: readonly string[];
  readonly env: ReadonlyMap<string, string>;
}

export interface DerivationOutput {
  readonly name: string;
  /** Empty where it is only known once it has been built. */
  readonly path: string;
  /** Whether what it is made of has no say in where it is. */
  readonly isFixed: boolean;
}

/** What Nix tells while it works. Texts are a stranger's: printable, but of any length and content. */
export type NixEvent =
  /** So many derivations will be built; told again when evaluation itself builds something. */
  | { readonly type: 'planned'; readonly derivations: number }
  | { readonly type: 'building'; readonly activity: number; readonly drvPath: string }
  | { readonly type: 'phase'; readonly activity: number; readonly phase: string }
  | { readonly type: 'line'; readonly activity: number; readonly line: string }
  | { readonly type: 'copying'; readonly activity: number; readonly path: string }
  | { readonly type: 'copied'; readonly activity: number; readonly bytes: number }
  /** Bytes that all copies below this activity will come to. */
  | { readonly type: 'copyExpected'; readonly activity: number; readonly bytes: number }
  | { readonly type: 'ended'; readonly activity: number }
  /** `drvPath`: the derivation the error is about, when it is about one and not about a dependency of it. */
  | { readonly type: 'failed'; readonly message: string; readonly drvPath?: string }
  | { readonly type: 'notice'; readonly text: string };

export interface GitHost {
  readonly host: string;
  readonly port: number;
  readonly transport: 'https' | 'http' | 'git';
}

/** Whether a host is there at all, before git asks it. */
export interface GitHosts {
  /** For how long it was waited for in vain; undefined: it answered, if only by refusing, or that cannot be known. */
  silentFor(host: GitHost): Promise<number | undefined>;
}

/** The store as files. */
export interface Store {
  /** Makes the store if it is new, and keeps garbage collection away until disposed of. Waits for one that runs. */
  hold(): Promise<AsyncDisposable>;
  /** Makes `gcroots/enbi/<name>` a direct symlink to the path, replacing another one in one step. */
  setRoot(name: string, outPath: StorePath): Promise<void>;
  kindOf(outPath: StorePath): Promise<'archive' | 'script' | 'directory'>;
  /** By its first bytes; what it really is, the importer finds out. */
  looksLikeImage(path: string): Promise<boolean>;
  /** Undefined: it is not there, none, or larger than any that is looked at. */
  derivation(drvPath: StorePath): Promise<Derivation | undefined>;
  /** The text of a small file; empty where it is not there, or larger. */
  smallText(path: StorePath): Promise<string>;
  /** Whether Nix knows it, whole. */
  isValid(path: StorePath): Promise<boolean>;
  /** Whether what the derivation makes is known by its hash: only such builders may use the network. */
  isFixedOutput(drvPath: string): Promise<boolean>;
  size(): Promise<StoreSize>;
}

export interface StoreSize {
  readonly storeSizeBytes: number;
  readonly storeFreeBytes: number;
}

/** fetch → build, inside one Pod. What is written stands whole, or is not there. */
export interface Handover {
  /** Where the lock file goes. */
  readonly lockFile: string;
  write(handed: Handed): Promise<void>;
  read(): Promise<Handed>;
}

export interface Handed {
  readonly lockedUrl: string;
  /** The same flake as it lies in the store: the build asks no host and reads no cache of fetch's. */
  readonly source: string;
  /** The binary caches that answer; undefined: all that are ordered. */
  readonly substituters?: readonly string[] | undefined;
}

/** Makes the directories of a store as root, on a disk where a tenant may have put anything. */
export interface Directories {
  /**
   * Makes `path` (relative segments below the root the adapter was given) unless it is there; follows no link on the way.
   * An existing directory keeps its contents and gets this owner and mode.
   */
  ensure(path: readonly string[], owner: Owner): Promise<void>;
  /** A small regular file's text, undefined when it is not there; follows no link. */
  readSmall(path: readonly string[]): Promise<string | undefined>;
  freeBytes(): Promise<number>;
}

/** Removes stores as root, whatever a tenant put there; follows no link out of them. */
export interface StoreRemoval {
  /** One, as far as it is there. How many files went. */
  removeOne(place: StorePlace): Promise<number>;
  /** All of them, and the directories that hold them if nothing else is in those. */
  removeAll(): Promise<number>;
}

export interface Owner {
  readonly uid: number;
  readonly mode: number;
}
