import type { HeaderFields } from '../support/tar-writer.ts';
import type { Random } from './random.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One member of an archive on its way to be written. */
export interface Piece {
  readonly fields: HeaderFields & { readonly name: string };
  readonly content: Buffer;
  /** Written instead of what the fields and the content give. */
  readonly raw?: Buffer;
}

export type Item = Buffer | { readonly link: string } | 'pipe' | 'directory';

/** An image on its way to be an archive or a directory: each of these may be spoilt before the next is made from it. */
export interface Stages {
  readonly config: Json;
  readonly configText: Buffer;
  /** A layer as it stands in the archive. */
  readonly layer: Buffer;
  /** docker's manifest.json, or the manifest of an OCI image. */
  readonly manifest: Json;
  readonly manifestText: Buffer;
  /** Of an OCI image alone. */
  readonly index: Json;
  readonly indexText: Buffer;
  readonly pieces: readonly Piece[];
  readonly archive: Buffer;
  /** The archive compressed, if it is. */
  readonly packed: Buffer;
  /** Of a stream script: what it reads, what runs it, and the store paths about it, by name. */
  readonly conf: Json;
  readonly confText: Buffer;
  readonly wrapper: Buffer;
  /** Of an image that nix2container describes. */
  readonly described: Json;
  readonly describedText: Buffer;
  readonly store: ReadonlyMap<string, Item>;
  /** Of an OCI image that is a directory, by path. */
  readonly directory: ReadonlyMap<string, Item>;
}

export type Stage = keyof Stages;

/** One way to spoil an image. */
export interface Recipe<S extends Stage = Stage> {
  readonly name: string;
  readonly stage: S;
  spoil(value: Stages[S], random: Random): Stages[S];
}

export type AnyRecipe = { [S in Stage]: Recipe<S> }[Stage];

type Spoil<S extends Stage> = Recipe<S>['spoil'];

/** A table of recipes for one stage. */
export function recipes<S extends Stage>(stage: S, table: Readonly<Record<string, Spoil<S>>>): Recipe<S>[] {
  return Object.entries(table).map(([name, spoil]) => ({ name: `${stage}: ${name}`, stage, spoil }));
}
