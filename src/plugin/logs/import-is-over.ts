import type { NixBuild } from '../../cluster-view/objects.ts';

/** Whether the agent that was told of an import has nothing more to say of it; `now` is undefined when the NixBuild is gone. */
export function importIsOver(before: NixBuild, now: NixBuild | undefined): boolean {
  return (
    now?.status.status !== 'Importing' ||
    now.metadata.uid !== before.metadata.uid ||
    now.status.attempts !== before.status.attempts ||
    now.status.importJobName !== before.status.importJobName
  );
}
