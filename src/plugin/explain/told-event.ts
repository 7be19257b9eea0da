/** An event of the cluster's, as an explanation has it. */
export interface ToldEvent {
  readonly time: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

/** With who says it, and the uid of the object it is about: another of its name may have been there before. */
export interface ReportedEvent {
  readonly event: ToldEvent;
  readonly reporter: string;
  readonly about: string;
}
