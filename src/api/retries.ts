import type { Reason } from './reasons.ts';

/** How attempts follow one that failed so, when nobody asks for them. */
export type Pace =
  /** After seconds, then minutes, `--max-attempts` in all. */
  | 'soon'
  /** The same, and then slowly. */
  | 'soon, then slowly'
  /** After a minute, then later and later, for a day: somebody is about to mend it. */
  | 'slowly'
  /** As soon as `soon`, for as long as it takes. */
  | 'always'
  /** It gives its slot back, and looks again within two minutes, for as long as it takes (controllers/builds/held-up.ts). */
  | 'held up'
  /** Of stores (controllers/stores): a minute later, for as long as it takes. */
  | 'every minute'
  | 'never';

/** How the attempt after a failure comes about. */
export interface Retry {
  /** By itself, when infrastructure is at fault; absent: the reason is never given for that. */
  readonly passing?: Pace;
  /** By itself, when anything else is at fault; absent: the reason is never given for that. */
  readonly lasting?: Pace;
  /** By a Pod that was made after the failure and waits for the image. `moved`: if the reference may mean another version by now. */
  readonly newPod: 'yes' | 'moved' | 'no';
  /** Whether a Secret may be at fault: each attempt reads it as it is then. */
  readonly secret?: true;
  /** By `kubectl enbi retry`, also while the next attempt is waited for. */
  readonly retry: boolean;
}

/** The host, the repository or the Secret is to be mended. */
const host = { newPod: 'yes', secret: true, retry: true } as const;
const whenAsked = { lasting: 'never', newPod: 'no', retry: true } as const;
/** A spec cannot change. */
const hopeless = { lasting: 'never', newPod: 'no', retry: false } as const;
/** The same version of a flake fails again. */
const flake = { lasting: 'never', newPod: 'moved', retry: true } as const;
const cluster = { passing: 'soon, then slowly', newPod: 'yes', retry: true } as const;
/** Attempts that may take hours, or do harm on the node. */
const costly = { passing: 'soon', newPod: 'yes', retry: true } as const;
/** Somebody took away what the attempt stood on. */
const takenAway = { passing: 'always', newPod: 'no', retry: false } as const;
const heldUp = { passing: 'held up', newPod: 'no', retry: true } as const;
const ofStore = { passing: 'every minute', newPod: 'no', retry: false } as const;
const defect = { lasting: 'never', newPod: 'yes', retry: true } as const;

/**
 * Every reason for which something fails, and how it goes on. The controllers decide by it, people are told by it (retry-text.ts), and
 * docs/reference/retries.md is generated from it.
 */
export const retries = {
  InvalidFlakeReference: flake,
  InvalidPackageName: hopeless,
  InvalidImageName: hopeless,
  InvalidSecretName: whenAsked,
  FlakeNotFound: { ...host, lasting: 'slowly' },
  FetchFailed: { ...host, passing: 'soon, then slowly', lasting: 'slowly' },
  AttributeNotFound: flake,
  EvaluationFailed: flake,
  BuilderFailed: flake,
  HashMismatch: flake,
  BuildTimedOut: flake,
  NotAnImage: flake,
  NameConflict: whenAsked,
  PlatformMismatch: flake,
  InvalidArchive: flake,
  ImageTooLarge: flake,
  ReservedLabel: flake,
  DigestMismatch: flake,
  SocketNotFound: cluster,
  ImageNotConfirmed: cluster,
  ContainerdUnavailable: cluster,
  NetworkUnreachable: cluster,
  DiskFull: costly,
  OutOfMemory: costly,
  PodLost: cluster,
  PodRefused: cluster,
  WaitingForNode: takenAway,
  JobDeleted: takenAway,
  JobChanged: takenAway,
  NodeLost: takenAway,
  NameTaken: cluster,
  RefusedByCluster: cluster,
  SecretNotFound: { ...heldUp, secret: true },
  EnbiImageMissing: heldUp,
  PodNotStarting: heldUp,
  InvalidResult: { ...defect, passing: 'soon' },
  InternalError: defect,
  Cancelled: whenAsked,
  StorePreparationFailed: ofStore,
  StoreNotRemoved: ofStore,
} as const satisfies Partial<Record<Reason, Retry>>;

const rows: Readonly<Partial<Record<Reason, Retry>>> = retries;

/** What nothing fails for, nothing mends. */
export function retryOf(reason: Reason): Retry {
  return rows[reason] ?? whenAsked;
}

export function isFailure(reason: Reason): boolean {
  return rows[reason] !== undefined;
}

/** A stage says of itself whether it may pass; the build stage's word is a stranger's, and a program that is wrong stays wrong. */
export function paceOf({ reason, retry }: { readonly reason: Reason; readonly retry: boolean }): Pace {
  const { passing, lasting } = retryOf(reason);
  return (retry ? (passing ?? lasting) : lasting) ?? 'never';
}

/** After so long, then twice as long each time, at most so long. */
interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
}

const dayMs = 86_400_000;
export const soon: BackOff = { firstMs: 10_000, longestMs: 300_000 };
export const slowly: BackOff = { firstMs: 60_000, longestMs: 3_600_000 };
/** Since the last failure, until another Pod gets another attempt. */
export const forNewPod: BackOff = { firstMs: 10_000, longestMs: 3_600_000 };
/** How long slow attempts go on, their own time not counted; and after how long without any the failures before are forgotten. */
export const slowForMs = dayMs;

export function delayAfter(failures: number, { firstMs, longestMs }: BackOff): number {
  return Math.min(firstMs * 2 ** Math.min(Math.max(failures - 1, 0), 30), longestMs);
}

/** Undefined when the day is over. */
export function slowDelayAfter(failures: number): number | undefined {
  let leftMs = slowForMs;
  for (let failure = 1; failure < failures && leftMs > 0; failure++) leftMs -= delayAfter(failure, slowly);
  const delayMs = delayAfter(failures, slowly);
  return delayMs <= leftMs ? delayMs : undefined;
}
