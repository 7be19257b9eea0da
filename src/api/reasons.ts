/**
 * Every reason enbi gives, for conditions, failures and events alike. Each has an entry in docs/reference/reasons.md
 * (test/docs.test.ts compares both ways).
 */
export const reasons = [
  // Road of a build, in order.
  'WaitingForTurn',
  'WaitingForNode',
  'WaitingForStore',
  'FetchRunning',
  'BuildRunning',
  'ImportRunning',
  'ImageReady',
  'Retrying',
  'Cancelled',
  'SandboxRefused',
  'SecretNotFound',
  'PodNotStarting',
  'EnbiImageMissing',
  // Road of a store.
  'PreparingDirectories',
  'WaitingForVolume',
  'StoreReady',
  'NodeGone',
  'TenantGone',
  'StoreMakesRoom',
  // What a Pod is told.
  'BuildRequested',
  'WaitingForDeletion',
  'ImageImported',
  'BuildFailed',
  'ImageNeverLocal',
  'AmbiguousImage',
  'UnknownAnnotation',
  'UnsupportedSystem',
  'TooLarge',
  'NamespaceFull',
  'BuildWouldNotHelp',
  // A flake or its reference is wrong.
  'InvalidFlakeReference',
  'InvalidPackageName',
  'InvalidImageName',
  'InvalidSecretName',
  'FlakeNotFound',
  'FetchFailed',
  'AttributeNotFound',
  'EvaluationFailed',
  'BuilderFailed',
  'HashMismatch',
  'BuildTimedOut',
  'NotAnImage',
  // The import.
  'NameConflict',
  'PlatformMismatch',
  'InvalidArchive',
  'ImageTooLarge',
  'ReservedLabel',
  'DigestMismatch',
  'SocketNotFound',
  'ImageNotConfirmed',
  'ContainerdUnavailable',
  'KubeletRefusesLocalImage',
  // Infrastructure.
  'NetworkUnreachable',
  'DiskFull',
  'OutOfMemory',
  'PodLost',
  'PodRefused',
  'JobDeleted',
  'JobChanged',
  'NodeLost',
  'NameTaken',
  'RefusedByCluster',
  'InvalidResult',
  'StorePreparationFailed',
  'StoreNotRemoved',
  'InternalError',
] as const;

export type Reason = (typeof reasons)[number];

const known: ReadonlySet<string> = new Set(reasons);

/** The reason that an error names; errors import nothing, so theirs is text. */
export function reasonOf(error: { readonly reason: string }): Reason {
  return isReason(error.reason) ? error.reason : 'InternalError';
}

export function isReason(text: string): text is Reason {
  return known.has(text);
}
