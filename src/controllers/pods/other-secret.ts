import { podAnnotation } from '../../api/labels.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { ours } from '../../cluster-view/raw.ts';
import type { SeenPod } from './observe.ts';
import { type Want, wantsOf } from './wants.ts';

/** With the Secret that the newest Pod names: those before it may have named a wrong one, or none. */
export function withSecretByNow({ newest, builds }: SeenPod, want: Want): Want {
  const pod = newest(want.image);
  const latest = pod === undefined ? undefined : wantOfPod(pod, want, builds);
  return latest ?? want;
}

/**
 * A build that could not be fetched with the Secret that it has from an older Pod. It is enbi's own, and has come to nothing: made
 * anew, it has this Pod's. Only the newest Pod says so, else two would go on contradicting each other.
 */
export function hasOldSecret(build: NixBuild, { pod, newest }: SeenPod, want: Want): boolean {
  const { metadata, status } = build;
  if (metadata.annotations?.[podAnnotation.secretName] === want.secretName) return false;
  if (!ours(metadata) || (status.nodes ?? []).length > 0 || !lacksSecret(build)) return false;
  return newest(want.image)?.metadata.uid === pod.metadata.uid;
}

function lacksSecret({ status }: NixBuild): boolean {
  if (status.status === 'Failed') return status.failure?.stage === 'Fetch';
  return status.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'SecretNotFound') === true;
}

function wantOfPod(
  pod: PodView,
  { image, flakeUrl, packageName }: Want,
  builds: readonly NixBuild[],
): Want | undefined {
  return wantsOf(pod, builds).wants.find(
    (want) => want.image === image && want.flakeUrl === flakeUrl && want.packageName === packageName,
  );
}
