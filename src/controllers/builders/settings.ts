/** What an administrator decides about builders; see docs/reference/settings.md. */
export interface BuilderSettings {
  /** enbi's own image. */
  readonly image: string;
  /** How long one stays that has nothing to do, in seconds. */
  readonly builderIdle: number;
}
