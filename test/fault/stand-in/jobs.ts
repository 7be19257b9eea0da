import { listOf, rawOf, textMap } from '../../../src/cluster-view/raw.ts';
import { controllerOf, isGoing, type Live, statusOf } from '../server/live.ts';
import { isOver } from './pods.ts';
import type { Move, Stage } from './stand-in.ts';

/** The Job controller, for Jobs of one Pod that is never made twice. */
export function* jobs(stage: Stage): Iterable<Move> {
  for (const job of stage.world.list('jobs')) {
    if (!isGoing(job) && !hasEnded(job)) yield* ofJob(job, stage);
  }
}

function* ofJob(job: Live, { world, hands }: Stage): Iterable<Move> {
  const { uid } = job.metadata;
  const now = world.clock.now().toISOString();
  const status = statusOf(job);
  const pod = world.list('pods').find((candidate) => controllerOf(candidate)?.uid === uid);
  if (status.startTime === undefined) {
    const begun = { startTime: now, active: 1, ready: 0, terminating: 0, uncountedTerminatedPods: {} };
    const make = async () => {
      if (await hands.create('pods', podOf(job))) await hands.patchStatus('jobs', job, begun);
    };
    yield { key: `begin ${uid}`, afterMs: 100, make };
  } else if (pod === undefined || (isGoing(pod) && !isOver(pod)) || statusOf(pod).phase === 'Failed') {
    const ended = { active: 0, ready: 0, failed: 1, conditions: conditions(['FailureTarget', 'Failed'], now) };
    yield { key: `failed ${uid}`, afterMs: 300, make: () => hands.patchStatus('jobs', job, ended) };
  } else if (isOver(pod)) {
    const done = conditions(['SuccessCriteriaMet', 'Complete'], now);
    const ended = { active: 0, ready: 0, succeeded: 1, completionTime: now, conditions: done };
    yield { key: `complete ${uid}`, afterMs: 300, make: () => hands.patchStatus('jobs', job, ended) };
  }
}

function conditions(types: readonly string[], now: string): object[] {
  return types.map((type) => ({
    type,
    status: 'True',
    lastProbeTime: now,
    lastTransitionTime: now,
    reason: type.startsWith('Fail') ? 'BackoffLimitExceeded' : 'CompletionsReached',
    message: type.startsWith('Fail') ? 'Job has reached the specified backoff limit' : '',
  }));
}

function hasEnded(job: Live): boolean {
  return listOf(statusOf(job).conditions).some(({ type }) => type === 'Complete' || type === 'Failed');
}

function podOf(job: Live) {
  const { name, namespace, uid } = job.metadata;
  const template = rawOf(rawOf(job.spec).template);
  const { labels, annotations } = rawOf(template.metadata);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name}-0`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: textMap(labels),
      annotations: textMap(annotations),
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true, blockOwnerDeletion: true }],
    },
    spec: template.spec,
  };
}
