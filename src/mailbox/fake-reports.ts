import type { Said } from '../api/report.ts';
import type { PodView } from '../cluster-view/pod.ts';
import { whenAborted } from '../runtime/when-aborted.ts';
import type { Reports } from './reports.ts';

/** Has heard what a test says it has, and counts who is asked for. */
export class FakeReports implements Reports {
  readonly asked: string[] = [];
  isHearing = true;
  readonly #said = new Map<string, Said>();

  hear(container: string, said: Said): void {
    this.#said.set(container, said);
  }

  of(_: PodView, container: string): Said | undefined {
    this.asked.push(container);
    return this.#said.get(container);
  }

  hears(): boolean {
    return this.isHearing;
  }

  subscribe(): void {
    // Nobody is told: tests look when they will.
  }

  run(signal: AbortSignal): Promise<void> {
    return whenAborted(signal);
  }
}
