import type { OrderReport } from '../api/order-report.ts';
import type { PodView } from '../cluster-view/pod.ts';
import { whenAborted } from '../runtime/when-aborted.ts';
import type { OrderReports } from './order-reports.ts';

/** Has heard what a test says it has. */
export class FakeOrderReports implements OrderReports {
  isHearing = true;
  asks = 'one';
  readonly #heard = new Map<string, OrderReport>();

  hear(report: OrderReport): void {
    this.#heard.set(report.order, report);
  }

  of(_: PodView, order: string): OrderReport | undefined {
    return this.isHearing ? this.#heard.get(order) : undefined;
  }

  hears(): boolean {
    return this.isHearing;
  }

  ask(): string {
    return this.asks;
  }

  subscribe(): void {
    // Nobody is told: tests look when they will.
  }

  run(signal: AbortSignal): Promise<void> {
    return whenAborted(signal);
  }
}
