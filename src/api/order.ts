import * as z from 'zod';
import { StorePath } from './result.ts';

/**
 * What the controller asks of a Job, as one annotation of its Pod that a downward-API volume mounts as a file: the kubelet
 * expands `$(VAR)` in args and env, so nothing a user wrote may stand there.
 */
export const paths = {
  /** The order, in every Pod of enbi's. */
  order: '/enbi/order/order.json',
  /** All that a Pod which lives on is to do, and may be told anew at any time. */
  orders: '/enbi/order/orders.json',
  /** fetch → build, inside one Pod (emptyDir): `locked.json`, `flake.lock`, and a socket that says whether fetch lives. */
  handover: '/enbi/handover',
  /** In a builder that stays, the other way (emptyDir): what `build` has carried out, and whether it has ended. */
  handback: '/enbi/handback',
  /** In an agent: all stores of the node, read-only, and what imports from each have learnt, by the name of its directory. */
  allStores: '/enbi/stores',
  allMemories: '/enbi/imports',
  /**
   * Nix' caches, on the store's volume, apart for each of the two containers: git runs hooks and obeys a configuration that lie in
   * its clones, and Nix believes what its caches say of a URL, so what a builder may write is not for `fetch` to read.
   */
  fetchCache: '/enbi/fetch-cache',
  buildCache: '/enbi/cache',
  /** All that enbi has on a node's disk; the directory is root's alone (builder/prepare.ts). */
  onNode: '/var/lib/enbi',
  /** Directory on the node that holds every store, each in its own; see `directoryOf`. */
  stores: '/var/lib/enbi/stores',
  /** Beside it: what imports of agents have learnt, in a directory for each store, of the same name. */
  memoriesOnNode: '/var/lib/enbi/imports',
  /** The node's /var/lib, where `store remove` finds the directory that holds the stores once they are gone. */
  aboveStores: '/enbi/var-lib',
  terminationLog: '/dev/termination-log',
  /** In enbi's image: the first process of each container of a builder that stays; its arguments are the step and for how many seconds. */
  builderLoop: '/opt/enbi/builder',
} as const;

/** Whether the flakes of a namespace share a store on each node, or have one for each repository. */
export const storeScopes = ['namespace', 'flake'] as const;
export type StoreScope = (typeof storeScopes)[number];

/** Which store of a node: the tenant's own or, with a scope, one beside it for the flakes of one repository. */
export interface StorePlace {
  readonly tenant: string;
  readonly scope?: string | undefined;
}

/** Digits alone, since it stands in names of directories; so many that nobody finds a repository with the scope of another's. */
export const scopePattern = /^[0-9a-f]{32}$/;

/** Below `paths.stores`. No tenant's name has a dot, so that no two stores have one directory. */
export function directoryOf({ tenant, scope }: StorePlace): string {
  return scope === undefined ? tenant : `${tenant}.${scope}`;
}

/** What a store's directory holds; its volume is never mounted whole. */
export const storeParts = { nix: 'nix', fetchCache: 'fetch-cache', buildCache: 'cache' } as const;

/** A store that another enbi prepared, with other directories, is prepared again. */
export const storeLayout = Object.values(storeParts).join(' ');

/** uid and gid of builds; owns the stores. */
export const buildUid = 1000;

export const isolations = ['Sandboxed', 'Unprivileged'] as const;
export type Isolation = (typeof isolations)[number];

/** Experimental features of Nix that change its language and nothing of what a build may do. */
export const languageFeatures = ['pipe-operators', 'parse-toml-timestamps', 'blake3-hashes'] as const;
export type LanguageFeature = (typeof languageFeatures)[number];

/** Characters of certificates in an order: it is an annotation, and all of a Pod's have 256 KiB. */
export const maxAuthorities = 16_384;

/** One for each attempt of a NixBuild; what answers an order names it. */
export const OrderId = z.string().regex(/^[a-z0-9-]{1,80}$/);

/** For the containers `fetch` and `build` of one build Pod. */
export const BuildOrder = z.strictObject({
  id: OrderId,
  flakeUrl: z.string().max(4096),
  packageName: z.string().max(512),
  system: z.string().max(64),
  isolation: z.enum(isolations),
  /** Name of the result's root below `gcroots/enbi/`. */
  root: z.string().regex(/^[a-z0-9.-]{1,200}$/),
  /** Which of fetch's caches: what one Secret opened is not for those who have another, or none. */
  fetchCache: z.string().regex(/^[a-z0-9]{1,64}$/),
  /** Whether of an archive that is only a stream script's output, compressed, the script alone is built. Undefined: it is. */
  realiseStreamScripts: z.literal(false).optional(),
  nix: z.strictObject({
    /** Undefined: Nix' own defaults. */
    substituters: z.array(z.string()).optional(),
    trustedPublicKeys: z.array(z.string()).optional(),
    extraPlatforms: z.array(z.string()),
    languageFeatures: z.array(z.enum(languageFeatures)).optional(),
    /** Certificates as PEM, trusted beside the image's own. */
    authorities: z.string().max(maxAuthorities).optional(),
    timeoutSeconds: z.number().int().positive(),
    maxSilentSeconds: z.number().int().positive(),
    maxJobs: z.number().int().positive(),
    cores: z.number().int().min(0),
  }),
});
export type BuildOrder = z.infer<typeof BuildOrder>;

/** As containerd names its plugins; part of a label's key. */
export const snapshotterPattern = '^[a-z0-9]([a-z0-9._-]{0,38}[a-z0-9])?$';
const SnapshotterName = z.string().regex(new RegExp(snapshotterPattern));

/** What an import takes to load an image; an agent is told in which store, too (agent-order.ts). */
export const ImportOrder = z.strictObject({
  outPath: StorePath,
  imageName: z.string().max(512),
  system: z.string().max(64),
  /** Which NixBuild owns the name; kept as labels on the image record. */
  owner: z.strictObject({ namespace: z.string(), name: z.string(), uid: z.string() }),
  /** The package is a stream script. `outPath` is that or, where it cannot be read, the archive that the build had it write. */
  script: z.boolean(),
  /** Undefined: the known places are tried in turn. Absolute, as mounted in the Pod. */
  socket: z.string().optional(),
  /** What enbi's own image is called: it is to stay on the node. */
  ownImage: z.string().max(512).optional(),
  /** The image is pinned from the first, until no order of its agent names `by` any more. Undefined: nobody waits for it. */
  pin: z
    .strictObject({
      /** Another for each attempt. */
      by: z.string().regex(/^[a-z0-9-]{1,63}$/),
      seconds: z.number().int().min(1).max(3600),
    })
    .optional(),
  /** Public registries whose names may be given; undefined: none. */
  openHosts: z.array(z.string().max(255)).max(64).optional(),
  /** The snapshotter into which layers are unpacked at once; undefined: the runtime does it when it makes the first container. */
  unpackInto: SnapshotterName.optional(),
});
export type ImportOrder = z.infer<typeof ImportOrder>;

/** For `store prepare`. */
export const PrepareOrder = z.strictObject({
  tenant: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
  scope: z.string().regex(scopePattern).optional(),
});
export type PrepareOrder = z.infer<typeof PrepareOrder>;

/** For `store remove`: one store's directories, or those of all and what holds them. */
export const RemoveOrder = z.union([PrepareOrder, z.strictObject({ everything: z.literal(true) })]);
export type RemoveOrder = z.infer<typeof RemoveOrder>;

/** Starts a line of a Job's log that the controller copies to `status.progress`. */
export const progressPrefix = '[enbi] progress: ';
