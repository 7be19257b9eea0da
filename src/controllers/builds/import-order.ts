import type { AgentOrder } from '../../api/agent-order.ts';
import type { StorePath } from '../../api/result.ts';
import { fingerprint, label63 } from '../../cluster-view/names.ts';
import type { NixBuild, NixStore } from '../../cluster-view/objects.ts';
import { orderId } from './names.ts';
import { pinSeconds } from './pinning.ts';
import type { BuildSettings } from './settings.ts';

/** Under which an agent sees the host's directories. */
const hostPrefix = '/host';

/** What one import may take. */
export const importSeconds = 1800;

export interface ImportWish {
  readonly outPath: StorePath;
  /** Pods wait on the node: the image is to stay until they use it. */
  readonly pinned: boolean;
}

export function importOrder(
  build: NixBuild,
  { spec }: NixStore,
  { outPath, pinned }: ImportWish,
  settings: BuildSettings,
): AgentOrder {
  const { namespace = '', name, uid } = build.metadata;
  return {
    id: orderId(build),
    import: {
      store: { tenant: spec.tenant, ...(spec.scope === undefined ? {} : { scope: spec.scope }) },
      seconds: importSeconds,
      outPath,
      imageName: build.spec.imageTag,
      system: build.spec.system,
      owner: { namespace, name, uid },
      script: build.status.outFormat === 'script',
      ...(settings.image.length > 512 ? {} : { ownImage: settings.image }),
      ...(pinned ? { pin: { by: pinHolder(build), seconds: pinSeconds } } : {}),
      ...(settings.socket === undefined ? {} : { socket: `${hostPrefix}${settings.socket}` }),
      ...(settings.openHosts.length === 0 ? {} : { openHosts: [...settings.openHosts] }),
      ...(settings.unpackInto === undefined ? {} : { unpackInto: settings.unpackInto }),
    },
  };
}

/** Keeps what that import has pinned; it adds no pin. */
export function pinOrder(build: NixBuild): AgentOrder {
  return { id: `${orderId(build)}-pin`, pin: { by: pinHolder(build) } };
}

/** Another for each attempt. */
function pinHolder({ metadata: { name, uid }, status }: NixBuild): string {
  return `${label63(name, 36)}-${fingerprint(uid)}-import-${status.attempts ?? 0}`;
}
