import { BuildResult, type BuildSuccess, FetchResult, type FetchSuccess } from '../../api/result.ts';
import { isBuilder } from '../../cluster-view/belonging.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import { failure, outcomeOf } from '../../cluster-view/outcome.ts';
import type { Plan } from '../../runtime/plan.ts';
import { buildJob } from './build-job.ts';
import { retry, stageFailed } from './failing.ts';
import { isVersion } from './flake-to-build.ts';
import { isolationOf } from './isolation.ts';
import { jobRuns } from './job-runs.ts';
import { jobName } from './names.ts';
import type { Rule, Situation } from './situation.ts';
import { rfc3339, type StatusChange, statusPatch, verdicts } from './status.ts';

const lookAgainMs = 2000;
/** Of a build that is told to a builder from the first: other words would be a write more. */
export const whileFetching = 'fetching the flake and its inputs';

/** The phase was written but the create was lost, or the Job was deleted before it was seen. */
export const buildJobIsMissing: Rule = ({ build, store, node, namespace, settings, now, buildJob: seen }) => {
  if (seen.job !== undefined || isRecorded(build)) return undefined;
  if (store === undefined || node === undefined || namespace === undefined) return undefined;
  const isolation = isolationOf(build, { node, namespace }, settings.isolation);
  const manifest = buildJob(build, store, node, isolation, settings);
  const status = statusPatch(build, { isolation }, build.status.conditions ?? [], now);
  return {
    because: 'BuildJobMissing',
    actions: [{ type: 'create', manifest, replaces: true }],
    ...(status === undefined ? {} : { status }),
  };
};

export const buildJobWasDeleted: Rule = (situation) => {
  const { build, buildJob: seen } = situation;
  if (seen.job !== undefined && seen.job.metadata.deletionTimestamp === undefined) return undefined;
  return retry(
    situation,
    failure('JobDeleted', true, `somebody deleted Job ${build.status.buildJobName ?? jobName(build)}`),
  );
};

/** Whoever may write Jobs of the namespace may have kept it from running, and from ever ending. */
export const buildJobWasChanged: Rule = (situation) => {
  const { job } = situation.buildJob;
  if (job?.changed === undefined || job.ended) return undefined;
  return retry(situation, failure('JobChanged', true, `somebody changed Job ${job.metadata.name}: ${job.changed}`));
};

/** What is named in the status has been there: if it is missing later, somebody deleted it. */
export const buildJobIsUnrecorded: Rule = (situation) =>
  isRecorded(situation.build) ? undefined : buildRuns(situation);

function isRecorded(build: NixBuild): boolean {
  return build.status.buildJobName !== undefined;
}

export const buildFetchFailed: Rule = (situation) => {
  const { build, buildJob: seen } = situation;
  if (seen.pod === undefined && isToldToBuild(build)) return undefined;
  if (saysNothing(situation)) return undefined;
  const outcome = outcomeOf<FetchSuccess>(seen, 'fetch', FetchResult);
  if (outcome.state === 'running' || outcome.result.ok) return undefined;
  return stageFailed(situation, 'Fetch', outcome.result);
};

/** Without its Pod a Job tells nothing of its containers: how far it was is what was told of it last. */
function isToldToBuild({ status }: NixBuild): boolean {
  return status.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'BuildRunning') === true;
}

/** Which version it is stays known whatever comes of it: a later attempt fetches the same. */
export const versionIsUnrecorded: Rule = (situation) => {
  const { lockedUrl } = lockedUrlOf(situation);
  return lockedUrl === undefined || lockedUrl === situation.build.status.lockedUrl ? undefined : buildRuns(situation);
};

/** What the build says counts when the fetch has had its say: one that was not begun ends as well, and may be seen to first. */
export const buildEnded: Rule = (situation) => {
  if (outcomeOf<FetchSuccess>(situation.buildJob, 'fetch', FetchResult).state === 'running') return undefined;
  const outcome = outcomeOf<BuildSuccess>(situation.buildJob, 'build', BuildResult);
  if (outcome.state === 'running') return undefined;
  return outcome.result.ok ? built(situation, outcome.result) : stageFailed(situation, 'Build', outcome.result);
};

/** A builder's `fetch` has nothing to say when it ends because `build` has failed. */
function saysNothing({ buildJob: { job, pod } }: Situation): boolean {
  const ended = pod?.containers.find(({ name }) => name === 'fetch')?.terminated;
  return job !== undefined && isBuilder(job) && ended?.exitCode === 0 && ended.message === '';
}

/** On to the import. Everything it needs is written first: the build Pod may be gone at the next pass. */
function built(situation: Situation, result: BuildSuccess): Plan {
  const { build, now } = situation;
  const change: StatusChange = {
    status: 'Importing',
    drvPath: result.drvPath,
    outPath: result.outPath,
    outFormat: result.format,
    imagesBeside: result.imagesBeside ?? null,
    progress: 'built, importing',
    built: {
      derivations: result.derivationsBuilt,
      pathsCopied: result.pathsCopied,
      bytesCopied: result.bytesCopied,
      archive: result.archive ?? null,
      script: null,
    },
    storeUsage: { sizeBytes: result.storeSizeBytes, freeBytes: result.storeFreeBytes, time: rfc3339(now) },
    stageTimes: { ...build.status.stageTimes, buildFinished: rfc3339(now) },
  };
  const status = statusPatch(build, change, verdicts.underWay('ImportRunning', 'built; importing the image'), now);
  return { because: 'BuildSucceeded', actions: [], ...(status === undefined ? {} : { status }) };
}

/** The build Pod said so, and that is a stranger: what is no version of the flake is not noted. */
function lockedUrlOf({ build, buildJob: seen }: Situation): StatusChange {
  const fetched = outcomeOf<FetchSuccess>(seen, 'fetch', FetchResult);
  if (fetched.state === 'running' || !fetched.result.ok) return {};
  const { lockedUrl } = fetched.result;
  return isVersion(lockedUrl, build.spec.flakeUrl) ? { lockedUrl } : {};
}

export const buildRuns: Rule = (situation) => {
  const { buildJob: seen } = situation;
  const fetched = outcomeOf<FetchSuccess>(seen, 'fetch', FetchResult).state === 'done';
  return jobRuns(situation, seen, {
    because: 'BuildRuns',
    reason: fetched ? 'BuildRunning' : 'FetchRunning',
    message: fetched ? 'evaluating and building the package' : whileFetching,
    progress: fetched ? 'building' : 'fetching',
    lookAgainMs,
    change: {
      buildJobName: situation.build.status.buildJobName ?? jobName(situation.build),
      ...lockedUrlOf(situation),
    },
  });
};
