import { ceilings } from '../api/ceilings.ts';

/** As a result may say it: a store's database is a tenant's, and may hold any number; a disk that is larger is not for this to tell. */
export function reportedBytes(bytes: number): number {
  return Math.min(Math.max(Math.trunc(bytes), 0) || 0, ceilings.reportedBytes.value);
}
