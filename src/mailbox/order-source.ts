/** Where a Pod that lives on finds its orders: the mailbox' way out, as the kubelet brings it. */
export interface OrderSource {
  /** The newest list, or as much of it as may be looked at; undefined: there is none yet, or it cannot be read now. */
  read(): Promise<string | undefined>;
  /** Calls the listener when there may be another one, and cannot promise it: whoever reads looks again now and then. Returns the end of it. */
  subscribe(listener: () => void): () => void;
}
