import { asEntry } from '../printable.ts';

/** Into the log of a Job's Pod, which the controller reads. */
export function printEntry(text: string): void {
  process.stdout.write(`${asEntry(text)}\n`);
}
