import type { BuildSuccess, StorePath } from '../api/result.ts';
import { UserError } from '../errors.ts';
import type {
  Attribute,
  BuiltPackage,
  Derivation,
  GitHosts,
  Handed,
  Handover,
  ImageNames,
  LockedFlake,
  Nix,
  NixEvent,
  Program,
  Store,
} from './ports.ts';

/** A flake by what it provides: names to packages or further sets. */
export type FakeOutputs = { readonly [name: string]: FakeOutputs | FakePackage };

export class FakePackage {
  readonly name: string;
  /** What is told while it is built, and what it fails with. */
  readonly events: readonly NixEvent[];
  readonly failure: Error | undefined;

  constructor(name: string, events: readonly NixEvent[] = [], failure?: Error) {
    this.name = name;
    this.events = events;
    this.failure = failure;
  }
}

/** Nix in memory: one flake, which is at one version. */
export class FakeNix implements Nix {
  locked: LockedFlake | Error = { rev: 'a'.repeat(40), ref: 'refs/heads/main', locks: { nodes: { root: {} } } };
  outputs: FakeOutputs = {};
  /** Names of packages that were made as images. */
  images: readonly string[] = [];
  /** Names of packages whose result is called an archive. */
  archives: readonly string[] = [];
  readonly calls: string[] = [];

  async lock(reference: string): Promise<LockedFlake> {
    this.calls.push(`lock ${reference}`);
    if (this.locked instanceof Error) throw this.locked;
    return this.locked;
  }

  async fetchInputs(lockedUrl: string): Promise<StorePath> {
    this.calls.push(`fetchInputs ${lockedUrl}`);
    return fakePath('source');
  }

  async evaluate({ path }: Attribute): Promise<StorePath> {
    const found = this.#at(path);
    if (!(found instanceof FakePackage)) throw new UserError('AttributeNotFound', `no ${path.join('.')}`);
    return fakePath(`${found.name}.drv`);
  }

  async realise(drvPath: StorePath): Promise<void> {
    this.calls.push(`realise ${drvPath}`);
  }

  /** By derivation; what is not named here needs one. */
  readonly builds = new Map<StorePath, number>();

  async buildsFor(drvPath: StorePath): Promise<number> {
    this.calls.push(`buildsFor ${drvPath}`);
    return this.builds.get(drvPath) ?? 1;
  }

  async build({ path }: Attribute, observe: (event: NixEvent) => void): Promise<BuiltPackage> {
    const found = this.#at(path);
    if (!(found instanceof FakePackage)) throw new UserError('AttributeNotFound', `no ${path.join('.')}`);
    for (const event of found.events) observe(event);
    if (found.failure !== undefined) throw found.failure;
    return { drvPath: fakePath(`${found.name}.drv`), outPath: fakePath(found.name) };
  }

  /** What programs write; undefined: they fail. */
  output: StorePath | undefined = fakePath('stream-output.tar');

  async outputOf({ path }: Program, observe: (event: NixEvent) => void): Promise<StorePath> {
    this.calls.push(`outputOf ${path}`);
    observe({ type: 'line', activity: 0, line: 'running' });
    if (this.output === undefined) throw new UserError('BuilderFailed', 'builder failed with exit code 3');
    return this.output;
  }

  async attributeNames({ path }: Attribute): Promise<readonly string[] | undefined> {
    const found = this.#at(path);
    return found === undefined || found instanceof FakePackage ? undefined : Object.keys(found);
  }

  async imageNames({ path }: Attribute): Promise<ImageNames> {
    const found = this.#at(path);
    const names = found === undefined || found instanceof FakePackage ? [] : Object.keys(found);
    const made = names.filter((name) => this.images.includes(name));
    return { made, archives: made.length > 0 ? [] : names.filter((name) => this.archives.includes(name)) };
  }

  passingDownloadFailure(log: string): string | undefined {
    return log.split('\n').find((line) => line.includes('503'));
  }

  #at(path: readonly string[]): FakeOutputs | FakePackage | undefined {
    let found: FakeOutputs | FakePackage | undefined = this.outputs;
    for (const name of path) found = found instanceof FakePackage ? undefined : found?.[name];
    return found;
  }
}

export class FakeStore implements Store {
  held = 0;
  kind: BuildSuccess['format'] = 'archive';
  readonly kinds = new Map<StorePath, BuildSuccess['format']>();
  isImage = true;
  readonly roots = new Map<string, string>();
  readonly derivations = new Map<StorePath, Derivation>();
  readonly texts = new Map<StorePath, string>();
  readonly valid = new Set<StorePath>();
  /** Derivations of a fixed output. */
  readonly downloads = new Set<string>();

  async hold(): Promise<AsyncDisposable> {
    this.held += 1;
    return {
      [Symbol.asyncDispose]: async () => {
        this.held -= 1;
      },
    };
  }

  async setRoot(name: string, outPath: StorePath): Promise<void> {
    if (this.held === 0) throw new Error('a root is set while nothing keeps garbage collection away');
    this.roots.set(name, outPath);
  }

  async kindOf(path: StorePath): Promise<BuildSuccess['format']> {
    return this.kinds.get(path) ?? this.kind;
  }

  async looksLikeImage(): Promise<boolean> {
    return this.isImage;
  }

  async derivation(drvPath: StorePath): Promise<Derivation | undefined> {
    return this.derivations.get(drvPath);
  }

  async smallText(path: StorePath): Promise<string> {
    return this.texts.get(path) ?? '';
  }

  async isValid(path: StorePath): Promise<boolean> {
    return this.valid.has(path);
  }

  async isFixedOutput(drvPath: string): Promise<boolean> {
    return this.downloads.has(drvPath);
  }

  async size() {
    return { storeSizeBytes: 1000, storeFreeBytes: 2000 };
  }
}

export class FakeHandover implements Handover {
  readonly lockFile = '/handover/flake.lock';
  handed: Handed = { lockedUrl: `git+https://h/x?rev=${'a'.repeat(40)}`, source: `path:${fakePath('source')}` };

  async write(handed: Handed): Promise<void> {
    this.handed = handed;
  }

  async read(): Promise<Handed> {
    return this.handed;
  }
}

export function fakePath(name: string): StorePath {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a brand is made nowhere else without parsing
  return `/nix/store/${'0'.repeat(32)}-${name}` as StorePath;
}

/** Hosts that all answer, or none. */
export class FakeGitHosts implements GitHosts {
  silent = false;

  async silentFor(): Promise<number | undefined> {
    return this.silent ? 15_000 : undefined;
  }
}
