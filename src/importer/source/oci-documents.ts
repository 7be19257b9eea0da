import * as z from 'zod';
import { Sha256Digest } from '../../api/result.ts';
import { UserError } from '../../errors.ts';
import { limits } from '../limits.ts';
import type { Platform } from '../platform.ts';
import { goCount, goList, goText } from './go-json.ts';
import { refuseUnless } from './refusal.ts';
import { isLayerType } from './unloadable-layer.ts';

const OciPlatform = z.looseObject({ os: goText(64), architecture: goText(64), variant: goText(64) });

export const OciDescriptor = z.looseObject({
  mediaType: goText(255),
  /** Of whatever kind: only of what is read it must be one that enbi checks. */
  digest: goText(255),
  size: goCount(),
  platform: OciPlatform.nullish().transform(knownPlatform),
  artifactType: goText(255),
  annotations: z.record(z.string(), z.unknown()).nullish(),
});
export type OciDescriptor = z.infer<typeof OciDescriptor>;

export const OciIndex = z.looseObject({ manifests: goList(OciDescriptor, limits.entries) });

export const OciManifest = z.looseObject({
  artifactType: goText(255),
  config: OciDescriptor,
  layers: goList(OciDescriptor),
});
export type OciManifest = z.infer<typeof OciManifest>;

/** Some writers leave an empty one, which says no more than none. */
function knownPlatform(platform: z.infer<typeof OciPlatform> | null | undefined): Platform | undefined {
  return platform?.os || platform?.architecture ? platform : undefined;
}

export function hasSha256({ digest }: OciDescriptor): boolean {
  return Sha256Digest.safeParse(digest).success;
}

export function sha256Of({ digest }: OciDescriptor): Sha256Digest {
  const parsed = Sha256Digest.safeParse(digest);
  refuseUnless(
    parsed.success,
    `the archive names content by ${digest.slice(0, 100) || 'nothing'}; enbi reads SHA-256 digests`,
  );
  return parsed.data;
}

export function isIndex({ mediaType }: Pick<OciDescriptor, 'mediaType'>): boolean {
  return (
    mediaType === 'application/vnd.oci.image.index.v1+json' ||
    mediaType === 'application/vnd.docker.distribution.manifest.list.v2+json'
  );
}

/** Of an image or of an artifact, for some platform. Attestations say unknown/unknown (BuildKit). */
export function isManifest({ mediaType, platform }: OciDescriptor): boolean {
  const known =
    mediaType === 'application/vnd.oci.image.manifest.v1+json' ||
    mediaType === 'application/vnd.docker.distribution.manifest.v2+json';
  return known && platform?.architecture !== 'unknown';
}

/** Before 2016; containerd knows it no more either. */
export function isSchema1({ mediaType }: Pick<OciDescriptor, 'mediaType'>): boolean {
  return mediaType.startsWith('application/vnd.docker.distribution.manifest.v1+');
}

export function refuseSchema1(): never {
  const problem = "the image is in Docker's schema 1, from before 2016, which no container runtime reads any more";
  throw new UserError('InvalidArchive', `${problem}; convert it, with skopeo copy --format oci for one`);
}

/**
 * What stands beside an image: signatures, attestations, bills of materials, which are manifests too. Their descriptor says so,
 * as registries' lists of referrers (OCI distribution-spec), BuildKit and containerd's export write it.
 */
export function isSaidToBeBeside({ artifactType, annotations }: OciDescriptor): boolean {
  const isReferrer = ['vnd.docker.reference.type', 'io.containerd.manifest.subject'].some(
    (key) => annotations?.[key] !== undefined,
  );
  return isReferrer || !isConfigType(artifactType);
}

/** Or their manifest: cosign's have the config of an image, and layers that are none. */
export function isImage({ artifactType, config, layers }: OciManifest): boolean {
  const areLayers = layers.some(({ mediaType }) => isLayerType(mediaType));
  const isConfig = isConfigType(config.mediaType) || (areLayers && isSomeDocument(config.mediaType));
  return isConfigType(artifactType) && isConfig && (areLayers || layers.length === 0);
}

/** What old Dockers and registries called a config, and Docker takes for one: github.com/distribution/distribution/issues/1621. */
function isSomeDocument(mediaType: string): boolean {
  return ['application/octet-stream', 'application/json', 'text/html'].includes(mediaType);
}

/** What a manifest that is no image is one of. */
export function typeOfArtifact({ artifactType, config, layers }: OciManifest): string {
  const types = [artifactType, config.mediaType].filter((type) => !isConfigType(type));
  return (types[0] ?? layers[0]?.mediaType ?? '').slice(0, 100);
}

/** Empty: nobody says. */
function isConfigType(mediaType: string): boolean {
  return ['', 'application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json'].includes(
    mediaType,
  );
}
