/** One bound on what others can make enbi keep, say or do. */
export interface Ceiling {
  readonly scope: 'object' | 'namespace' | 'cluster';
  /** What is counted, for people: `annotations of a Pod that are looked at`. */
  readonly counts: string;
  readonly value: number;
  /** Empty for a plain number; `bytes`, `seconds`, `a minute`, … */
  readonly unit: string;
  /** What happens beyond it, and where it is reported. */
  readonly beyond: string;
}
