import * as z from 'zod';
import { encodeResult } from './encode-result.ts';
import { OrderId } from './order.ts';
import { listRefusals } from './order-list.ts';
import { maxReportLength, reportPrefix } from './report.ts';
import type { StageFailure } from './result.ts';

/**
 * Where an order stands. `refused`: it is none that this enbi knows. A cancelled one that is listed again is begun again, a done one is
 * not.
 */
const orderStates = ['running', 'done', 'cancelled', 'refused'] as const;
export type OrderState = (typeof orderStates)[number];

export const OrderReport = z.strictObject({
  order: OrderId,
  state: z.enum(orderStates),
  /** Of a running one, for people. */
  progress: z.string().max(300).optional(),
  /** Of a done one, as in a termination message; a stranger's until it has passed the schema of its kind. */
  result: z.unknown().optional(),
});
export type OrderReport = z.infer<typeof OrderReport>;

/** What became of a list. `read`: a report for each order that is known stands before this. */
export const ListReport = z.strictObject({
  list: z.enum(['read', ...listRefusals]),
  /** Of the Pod's enbi. */
  version: z.string().max(512),
  ask: z.string().max(64).optional(),
  /** How many orders are known. */
  orders: z.number().int().min(0).optional(),
});
export type ListReport = z.infer<typeof ListReport>;

/** Result and failure of any kind of order. */
export type OrderResult = { readonly ok: true } | StageFailure;

/** The kubelet keeps so much of a termination message; the report of an order that ends its Pod is one. */
const resultBytes = 4096 - 200;

export interface Told {
  readonly order: string;
  readonly state: OrderState;
  readonly progress?: string | undefined;
  readonly result?: OrderResult | undefined;
}

/** One line without its end; a termination message is the same without the prefix. */
export function orderReportLine(told: Told): string {
  return `${reportPrefix}${orderReportText(told)}`;
}

export function orderReportText({ order, state, progress, result }: Told): string {
  const more = progress === undefined ? '' : `,"progress":${JSON.stringify(progress)}`;
  const end = result === undefined ? '' : `,"result":${encodeResult(result, resultBytes)}`;
  return `{"order":"${order}","state":"${state}"${more}${end}}`;
}

export function listReportLine(report: ListReport): string {
  return `${reportPrefix}${JSON.stringify(report)}`;
}

/** What a line of the log of a Pod that takes orders says; undefined: nothing of the kind. */
export function parseOrderReport(line: string): OrderReport | ListReport | undefined {
  if (!line.startsWith(reportPrefix) || line.length > maxReportLength) return undefined;
  try {
    return z.union([OrderReport, ListReport]).safeParse(JSON.parse(line.slice(reportPrefix.length))).data;
  } catch {
    return undefined;
  }
}
