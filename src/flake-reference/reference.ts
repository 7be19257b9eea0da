/**
 * A flake reference as typed values: what a stranger wrote is parsed into this, and only what is re-serialised from it ever
 * reaches Nix. That matters twice: Nix reads a URL it cannot parse as a *path* (seen with 2.34: `github:a/b?host=x:1` became
 * `/…/github:a/b`), and for git it sends unknown query parameters on to the server as part of the URL.
 */
export type FlakeReference = ForgeReference | GitReference | TarballReference;

export const forges = ['github', 'gitlab', 'sourcehut'] as const;
export type Forge = (typeof forges)[number];

/** `github:owner/repo`, fetched as an archive from the forge's API. Never has both `ref` and `rev` (Nix refuses both). */
export interface ForgeReference {
  readonly type: 'forge';
  readonly forge: Forge;
  /** With `/` for GitLab's subgroups. */
  readonly owner: string;
  readonly repo: string;
  readonly host?: string;
  readonly ref?: string;
  readonly rev?: string;
  readonly narHash?: string;
  readonly dir?: string;
}

/** A host and a path, the path decoded and split. */
export interface Location {
  readonly host: string;
  readonly port?: number;
  readonly segments: readonly string[];
}

export interface GitReference extends Location {
  readonly type: 'git';
  readonly transport: 'https' | 'http' | 'ssh' | 'git';
  /** Login name, for ssh only. */
  readonly user?: string;
  readonly ref?: string;
  readonly rev?: string;
  readonly dir?: string;
  readonly submodules?: true;
  readonly shallow?: true;
  readonly lfs?: true;
  readonly allRefs?: true;
}

export interface TarballReference extends Location {
  readonly type: 'tarball';
  readonly transport: 'https' | 'http';
  /** For the flake to know; the content is `narHash`. */
  readonly rev?: string;
  readonly narHash?: string;
  readonly dir?: string;
}

const forgeHosts: Record<Forge, string> = { github: 'github.com', gitlab: 'gitlab.com', sourcehut: 'git.sr.ht' };

/** Where a flake comes from, the same shape for every type: what a policy compares (host and whole path segments). */
export function locationOf(reference: FlakeReference): Location {
  if (reference.type === 'forge') {
    const host = reference.host ?? forgeHosts[reference.forge];
    return { host, segments: [...reference.owner.split('/'), reference.repo] };
  }
  const { host, port, segments } = reference;
  return port === undefined ? { host, segments } : { host, port, segments };
}

/** True when the reference itself says which content is meant, so that two fetches cannot differ. */
export function isPinned(reference: FlakeReference): boolean {
  return reference.type === 'tarball' ? reference.narHash !== undefined : reference.rev !== undefined;
}
