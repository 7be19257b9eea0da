import type { Sha256Digest } from '../../api/result.ts';
import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import type { ImageConfig } from './image-config.ts';
import { refuseBeyond } from './refusal.ts';

/** Each layer with the diff_id the config gives it. */
export function pairLayers<T>(config: ImageConfig, layers: readonly T[]): [Sha256Digest, T][] {
  const diffIds = config.rootfs.diff_ids;
  refuseBeyond(
    layers.length <= limits.layers,
    `the image has ${layers.length} layers, at most ${limits.layers} are loaded`,
  );
  return layers.map((layer, at) => {
    const diffId = diffIds[at];
    if (diffId === undefined || layers.length !== diffIds.length) {
      const problem = `the image has ${layers.length} layers, but its config lists ${diffIds.length}`;
      throw new UserError('InvalidArchive', problem);
    }
    return [diffId, layer];
  });
}
