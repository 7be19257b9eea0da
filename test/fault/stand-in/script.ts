import { label } from '../../../src/api/labels.ts';
import type { BuildResult, FetchResult, ImportResult, PrepareResult, RemoveResult } from '../../../src/api/result.ts';
import { exitCode } from '../../../src/api/result.ts';
import type { Live } from '../server/live.ts';

/** What a container of one of enbi's Jobs comes to, and how long that takes. */
export interface Ending {
  readonly afterMs: number;
  readonly exitCode: number;
  readonly message: string;
}

export interface Script {
  /** Of a container of enbi's own Pods, or of an import of an agent's. */
  ending(pod: Live, container: string): Ending;
}

type Result = FetchResult | BuildResult | ImportResult | PrepareResult | RemoveResult;

export function endsWith(result: Result | { readonly ok: true }, afterMs: number): Ending {
  const code = result.ok ? exitCode.ok : exitCode.userFailure;
  return { afterMs, exitCode: code, message: JSON.stringify(result) };
}

/** A build that is handed nothing over, as src/adapters/nix/handover.ts has it end. */
export const unbegun: Ending = {
  ...endsWith({ ok: false, reason: 'PodLost', retry: true, message: 'the build was not begun' }, 50),
  exitCode: exitCode.transientFailure,
};

const storePath = '/nix/store/0123456789abcdfghijklmnpqrsvwxyz-image';

const usual: Readonly<Record<string, Ending>> = {
  prepare: endsWith({ ok: true, storeSizeBytes: 4096, storeFreeBytes: 10 ** 10 }, 500),
  fetch: endsWith(
    { ok: true, lockedUrl: 'git+https://git.example/shop?rev=0000000000000000000000000000000000000001' },
    1000,
  ),
  build: endsWith(
    {
      ok: true,
      drvPath: `${storePath}.drv`,
      outPath: storePath,
      format: 'archive',
      derivationsBuilt: 3,
      pathsCopied: 7,
      bytesCopied: 12_345,
      storeSizeBytes: 1_000_000,
      storeFreeBytes: 10 ** 10,
    } as BuildResult,
    5000,
  ),
  import: endsWith(
    {
      ok: true,
      imageDigest: `sha256:${'0'.repeat(64)}`,
      imageSize: 1_000_000,
      layers: 3,
      layersSent: 3,
      bytesSent: 1_000_000,
    } as ImportResult,
    2000,
  ),
  remove: endsWith({ ok: true, filesRemoved: 42 }, 500),
};

/** Everything goes well. */
export const allGoesWell: Script = {
  ending(_pod, container) {
    const ending = usual[container];
    if (ending === undefined) throw new Error(`nobody knows what container ${container} does`);
    return ending;
  },
};

export function componentOf(pod: Live): string {
  return pod.metadata.labels?.[label.component] ?? '';
}
