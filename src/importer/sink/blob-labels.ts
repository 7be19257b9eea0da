import type { ImageName } from '../../image-name/image-name.ts';
import type { Blob, Labels } from '../ports.ts';
import type { Layer } from '../source/source.ts';
import type { MadeImage } from './made-image.ts';

/** containerd refuses a label whose key and value are longer together. */
const maxLabelLength = 4096;

/**
 * Where the blob can be had: Spegel shares a blob only when this label is on it (spegel#1096). containerd writes the host
 * without its port.
 */
export function sourceLabels({ host, repository }: ImageName, before: Labels): Labels {
  const key = `containerd.io/distribution.source.${host.replace(/:\d+$/, '')}`;
  const known = (before[key] ?? '').split(',').filter((text) => text !== '');
  const value = [...new Set([...known, repository])].toSorted().join(',');
  // A layer that very many repositories share: those noted before are enough.
  return key.length + value.length > maxLabelLength ? {} : { [key]: value };
}

/** What keeps config and layers from being collected, as long as the manifest is there (containerd's garbage collection). */
export function referenceLabels({ config, layers }: MadeImage): Labels {
  const references = layers.map(({ digest }, at) => [`containerd.io/gc.ref.content.l.${at}`, digest]);
  return { 'containerd.io/gc.ref.content.config': config.digest, ...Object.fromEntries(references) };
}

/** Spares containerd unpacking the layer to learn its diff_id. */
export function contentLabels({ compression, diffId }: Layer): Labels {
  return compression === 'none' ? {} : { [uncompressed]: diffId };
}

/** Whether what the runtime has of a layer was unpacked before, by the runtime or here, and came to what the config says. */
export function isKnownToUnpackTo(found: Blob | undefined, { compression, diffId }: Layer): boolean {
  return compression === 'none' || found?.labels[uncompressed] === diffId;
}

const uncompressed = 'containerd.io/uncompressed';
