import { label } from '../../api/labels.ts';
import { jobKeyOfPod } from '../../cluster-view/belonging.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { type PodView, projectJobPod } from '../../cluster-view/pod.ts';
import { resource } from '../../cluster-view/resources.ts';
import { hasTaken } from '../../controllers/builds/builder-line.ts';
import { jobName } from '../../controllers/builds/names.ts';
import { PolicyError } from '../../errors.ts';
import { pause } from '../../runtime/clock.ts';
import type { CommandContext } from '../command-context.ts';
import { getBuild } from '../find-build.ts';
import { importByStatus } from './import-by-status.ts';
import { type JobKind, type LogStage, type NextLog, nextLog, type SeenPod, stageKey } from './next-log.ts';
import { readImport } from './read-import.ts';
import type { StageLine } from './read-log.ts';
import { readStage } from './read-stage.ts';

export interface ToldLine extends StageLine {
  readonly stage: LogStage;
  readonly attempt: number;
}

/** How soon it is looked again for a container that has yet to start. */
const lookAgainMs = 700;

/**
 * Every line of a NixBuild's logs, stage after stage; with `follow` until the build is over, whatever attempts it takes. Ends
 * when the NixBuild is gone or the signal aborts.
 */
export async function* tellLogs(name: string, context: CommandContext, follow: boolean): AsyncGenerator<ToldLine> {
  const told = new Set<string>();
  while (!context.signal.aborted) {
    const build = await getBuild(name, context);
    if (build === undefined) return;
    const attempt = build.status.attempts ?? 0;
    const next = nextLog({ build, pods: await podsOf(build, context), told, follow });
    if (next.type === 'end') return;
    if (next.type === 'wait') {
      await pause(context.clock, lookAgainMs, context.signal);
      continue;
    }
    const { stage } = next;
    told.add(stageKey(build, stage));
    for await (const line of linesOf(next, { build, context, follow })) yield { ...line, stage, attempt };
  }
}

interface Telling {
  readonly build: NixBuild;
  readonly context: CommandContext;
  readonly follow: boolean;
}

async function* linesOf(
  next: Exclude<NextLog, { type: 'wait' | 'end' }>,
  { build, context, follow }: Telling,
): AsyncGenerator<StageLine> {
  if (next.type === 'status') yield* importByStatus(build, context, follow);
  else if (next.type === 'pass') {
    if (next.text !== undefined) yield { kind: 'note', text: next.text };
  } else if (next.stage === 'import') yield* readImport({ build, pod: next.pod, follow }, context);
  else yield* readStage({ stage: next.stage, pod: next.pod, follow, build }, context);
}

async function podsOf(build: NixBuild, context: CommandContext): Promise<Record<JobKind, SeenPod>> {
  const [ofBuild, ofImport] = await Promise.all([
    podOf(build, 'build', context.namespace, context),
    podOf(build, 'import', context.enbiNamespace, context),
  ]);
  return { build: ofBuild, import: ofImport };
}

/** The newest Pod of the current attempt's build Job, or of the agent that was told of its import. */
async function podOf(build: NixBuild, kind: JobKind, namespace: string, { client }: CommandContext): Promise<SeenPod> {
  try {
    const labelSelector = kind === 'build' ? ofBuildJob(build) : label.agentOf;
    const { items } = await client.list(resource.pods, { namespace, labelSelector });
    const job = kind === 'build' ? (build.status.buildJobName ?? jobName(build)) : (build.status.importJobName ?? '');
    const pods = items.flatMap((item) => projectJobPod(item) ?? []).filter((pod) => isOf(pod, job));
    return pods.toSorted((a, b) => created(b).localeCompare(created(a)))[0];
  } catch (thrown) {
    if (thrown instanceof PolicyError && kind === 'import') return 'forbidden';
    throw thrown;
  }
}

/** One that was there before has the uid of the NixBuild that it was made for. */
function ofBuildJob(build: NixBuild): string {
  return hasTaken(build)
    ? `batch.kubernetes.io/job-name=${build.status.buildJobName}`
    : `${label.buildUid}=${build.metadata.uid}`;
}

function isOf(pod: PodView, job: string): boolean {
  return jobKeyOfPod(pod)?.startsWith(`${pod.metadata.namespace ?? ''}/${job} `) === true;
}

function created({ metadata }: PodView): string {
  return metadata.creationTimestamp ?? '';
}
