/** What stores need to know of the installation. */
export interface StoreSettings {
  /** enbi's own namespace: the Jobs that prepare directories run there. */
  readonly namespace: string;
  readonly image: string;
  readonly pullPolicy: string;
  readonly tolerations: readonly object[];
  /** What volume and claim say they hold: it counts against quotas, and nothing enforces it. */
  readonly storeClaimSize: string;
}
