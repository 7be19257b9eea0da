/** An event of the cluster's, as an explanation has it. */
export interface ToldEvent {
  readonly time: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}
