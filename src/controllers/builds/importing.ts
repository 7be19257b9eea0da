import { meantPackages } from '../../api/meant-packages.ts';
import { ImportResult, type ImportSuccess, StageFailure, StorePath } from '../../api/result.ts';
import { failure, outcomeOf } from '../../cluster-view/outcome.ts';
import { shorten } from '../../printable.ts';
import type { Plan } from '../../runtime/plan.ts';
import { stageFailed } from './failing.ts';
import { importJob } from './import-job.ts';
import { jobRuns } from './job-runs.ts';
import { logKeptUntil } from './kept-log.ts';
import { nameToRecord } from './name-taken.ts';
import { jobName } from './names.ts';
import { isAwaited, mayPin } from './pinning.ts';
import type { Rule, Situation } from './situation.ts';
import { buildRef, rfc3339, statusPatch, verdicts } from './status.ts';
import { podStillHeldUp } from './still-held-up.ts';

const lookAgainMs = 1000;

/** Also when somebody deleted it: an import may be repeated at any point. */
export const importJobIsMissing: Rule = (situation) => {
  const { build, store, node, settings, importJob: seen } = situation;
  if (seen.job !== undefined) return undefined;
  if (store === undefined)
    return stageFailed(situation, 'Import', failure('InvalidResult', true, 'the store that has the result is gone'));
  const outPath = StorePath.safeParse(build.status.outPath);
  if (!outPath.success)
    return stageFailed(situation, 'Import', failure('InvalidResult', true, 'the result of the build is not known'));
  // Before there is a Job: whatever becomes of its result, what is on the node is then known to be this namespace's.
  const record = nameToRecord(build, store);
  if (record !== undefined) return { because: 'NameUnrecorded', actions: [], status: record };
  const pinned = isAwaited(build.status.buildNode ?? '', situation) && mayPin(situation);
  const manifest = importJob(build, store, node, { outPath: outPath.data, pinned }, settings);
  return {
    ...importBegins(situation),
    because: 'ImportJobMissing',
    actions: [{ type: 'create', manifest, replaces: true }],
  };
};

/** Its create was not answered, or enbi ended right after it. */
export const importJobIsUnrecorded: Rule = (situation) =>
  situation.build.status.importJobName === jobName(situation.build, 'import') ? undefined : importBegins(situation);

function importBegins({ build, now }: Situation): Plan {
  const words = podStillHeldUp(build) ?? {
    reason: 'ImportRunning' as const,
    message: 'importing the image',
    progress: 'importing',
  };
  const change = {
    importJobName: jobName(build, 'import'),
    progress: words.progress,
    stageTimes: { ...build.status.stageTimes, importStarted: rfc3339(now) },
  };
  const status = statusPatch(build, change, verdicts.underWay(words.reason, words.message), now);
  return { because: 'ImportJobUnrecorded', actions: [], ...(status === undefined ? {} : { status }) };
}

export const importEnded: Rule = (situation) => {
  const outcome = outcomeOf<ImportSuccess>(situation.importJob, 'import', ImportResult);
  if (outcome.state === 'running') return undefined;
  return outcome.result.ok ? imported(situation, outcome.result) : importFailed(situation, outcome.result);
};

/** A program where an image should be: the commonest mistake, and the build has seen what was meant. */
function importFailed(situation: Situation, failed: StageFailure): Plan {
  const hint = meantPackages(situation.build.status.imagesBeside ?? []);
  if (failed.reason !== 'NotAnImage' || hint === '') return stageFailed(situation, 'Import', failed);
  const message = `${shorten(failed.message, 1024 - hint.length)}${hint}`;
  return stageFailed(situation, 'Import', { ...failed, message });
}

function imported(situation: Situation, result: ImportSuccess): Plan {
  const { build, now } = situation;
  const node = build.status.buildNode ?? '';
  const message = `${build.spec.imageTag} is loaded on ${node}`;
  const change = {
    status: 'Succeeded' as const,
    progress: null,
    failure: null,
    imageDigest: result.imageDigest,
    imageSize: result.imageSize,
    attemptsForgiven: build.status.attempts ?? 0,
    nodes: [...new Set([...(build.status.nodes ?? []), node])],
    built: { ...build.status.built, ...whatItTook(result) },
    completionTime: rfc3339(now),
    stageTimes: { ...build.status.stageTimes, importFinished: rfc3339(now) },
    logKeptUntil: logKeptUntil(situation),
  };
  const status = statusPatch(build, change, verdicts.succeeded(message), now);
  return {
    because: 'ImportSucceeded',
    actions: [],
    ...(status === undefined ? {} : { status }),
    events: [{ type: 'Normal', regarding: buildRef(build), reason: 'ImageReady', message }],
  };
}

function whatItTook({ layersSent, bytesSent, bytesRead, script }: ImportSuccess) {
  return {
    layersSent,
    bytesSent,
    ...(bytesRead === undefined ? {} : { bytesRead }),
    ...(script === undefined ? {} : { script }),
  };
}

export const importRuns: Rule = (situation) =>
  jobRuns(situation, situation.importJob, {
    because: 'ImportRuns',
    reason: 'ImportRunning',
    message: 'importing the image',
    progress: 'importing',
    lookAgainMs,
  });
