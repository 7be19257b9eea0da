/** What stores need to know of the installation. */
export interface StoreSettings {
  /** enbi's own namespace: the Jobs that prepare directories run there. */
  readonly namespace: string;
  readonly image: string;
  readonly pullPolicy: string;
  readonly tolerations: readonly object[];
}
