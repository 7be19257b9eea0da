import { apiVersion } from '../api/labels.ts';
import type { NixBuild } from '../cluster-view/objects.ts';
import type { CommandContext } from './command-context.ts';
import { reproductionOf } from './reproduction.ts';

/** A NixBuild for programs. The field names are a promise: docs/reference/kubectl-enbi.md lists them. */
export function buildReport({ metadata, spec, status }: NixBuild): object {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return {
    apiVersion,
    kind: 'NixBuild',
    namespace: metadata.namespace,
    name: metadata.name,
    image: spec.imageTag,
    flakeUrl: spec.flakeUrl,
    packageName: spec.packageName,
    system: spec.system,
    phase: status.status ?? 'Pending',
    reason: ready?.reason,
    message: ready?.message,
    attempts: status.attempts ?? 0,
    nextAttemptTime: status.nextAttemptTime,
    node: status.buildNode,
    nodes: status.nodes ?? [],
    isolation: status.isolation,
    lockedUrl: status.lockedUrl,
    outPath: status.outPath,
    imageDigest: status.imageDigest,
    imageSize: status.imageSize,
    failure: status.failure,
  };
}

/** The end of a failed build: where, why, the last lines, and what to do next. */
export function sayFailure(build: NixBuild, { screen, self }: CommandContext): void {
  const { failure } = build.status;
  if (failure === undefined) return;
  if (failure.derivation !== undefined) screen.say(`  derivation  ${failure.derivation}`);
  if (failure.logTail !== undefined) {
    screen.say('  its log ended with');
    for (const line of failure.logTail.split('\n')) screen.say(`    │ ${line}`, 'quiet');
  }
  const reproduce = reproductionOf(failure);
  if (reproduce !== undefined) screen.say(`  reproduce   ${reproduce}`);
  screen.say(`  what to do  ${self} explain nixbuild/${build.metadata.name}`);
}
