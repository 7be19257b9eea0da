import type { Identity } from './identity.ts';
import { compareResourceVersions } from './resource-version.ts';

interface Write extends Identity {
  /** A tombstone: the object was seen to be gone; `resourceVersion` is the last it had. */
  readonly gone: boolean;
}

/**
 * Own writes that the watch has not shown yet. It stays small: the watch passes a write within milliseconds.
 *
 *   note ──► ahead ──► forgotten when the watch shows this version or a newer one
 *                 └──► passed   when the watch is beyond it and never showed it
 *   noteGone ──► tombstone ──► forgotten at the DELETED event, or when a later list lacks it
 */
export class WriteLedger {
  readonly #byUid = new Map<string, Write>();

  note(write: Identity): void {
    this.#byUid.set(write.uid, { ...write, gone: false });
  }

  noteGone(write: Identity): void {
    this.#byUid.set(write.uid, { ...write, gone: true });
  }

  forget(uid: string): void {
    this.#byUid.delete(uid);
  }

  has(uid: string): boolean {
    return this.#byUid.has(uid);
  }

  /** True when a write told more about this object than this view of it does. */
  knowsNewer(seen: Identity): boolean {
    const write = this.#byUid.get(seen.uid);
    return (
      write !== undefined && (write.gone || compareResourceVersions(write.resourceVersion, seen.resourceVersion) > 0)
    );
  }

  /** True when the object was written after `resourceVersion`. */
  isAhead(uid: string, resourceVersion: string): boolean {
    const write = this.#byUid.get(uid);
    return write !== undefined && !write.gone && compareResourceVersions(write.resourceVersion, resourceVersion) > 0;
  }

  /** Removes and returns the writes at or before `resourceVersion`; tombstones stay until their DELETED event. */
  takePassed(resourceVersion: string): Write[] {
    const passed = [...this.#byUid.values()].filter(
      (write) => !write.gone && compareResourceVersions(write.resourceVersion, resourceVersion) <= 0,
    );
    for (const write of passed) this.#byUid.delete(write.uid);
    return passed;
  }

  /** A list as of `resourceVersion` is the truth about everything written up to then. */
  forgetListed(listed: ReadonlySet<string>, resourceVersion: string): void {
    for (const write of this.#byUid.values()) {
      const isOld = compareResourceVersions(write.resourceVersion, resourceVersion) <= 0;
      if (isOld && !(write.gone && listed.has(write.uid))) this.#byUid.delete(write.uid);
    }
  }
}
