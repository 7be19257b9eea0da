/** What the fuzzing thread tells. */
export type FromWorker =
  | { readonly is: 'trying'; readonly story: string; readonly isFile: boolean }
  | { readonly is: 'tried'; readonly outcome: string }
  | { readonly is: 'finding'; readonly problem: string; readonly input?: Uint8Array }
  | { readonly is: 'coverage'; readonly blocks: number; readonly kept: number };
