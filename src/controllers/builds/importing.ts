import { meantPackages } from '../../api/meant-packages.ts';
import { ImportResult, type ImportSuccess, StageFailure, StorePath } from '../../api/result.ts';
import { failure } from '../../cluster-view/outcome.ts';
import { shorten } from '../../printable.ts';
import type { Plan } from '../../runtime/plan.ts';
import { stageFailed } from './failing.ts';
import { jobRuns } from './job-runs.ts';
import { logKeptUntil } from './kept-log.ts';
import { nameToRecord } from './name-taken.ts';
import { importSince, isRecorded } from './recorded-import.ts';
import type { Rule, Situation } from './situation.ts';
import { buildRef, rfc3339, statusPatch, verdicts } from './status.ts';
import { podStillHeldUp } from './still-held-up.ts';

const lookAgainMs = 1000;

/**
 * What an agent is told is what the status says (work-on-node.ts): so all that it takes to import is there before. Once it is not, the
 * order is in no list any more, and nobody answers.
 */
export const importIsUnrecorded: Rule = (situation) => {
  const { build, store, now, agent } = situation;
  if (store === undefined)
    return stageFailed(situation, 'Import', failure('InvalidResult', true, 'the store that has the result is gone'));
  if (!StorePath.safeParse(build.status.outPath).success)
    return stageFailed(situation, 'Import', failure('InvalidResult', true, 'the result of the build is not known'));
  // Before it is told: whatever becomes of its result, what is on the node is then known to be this namespace's.
  const record = nameToRecord(build, store);
  if (record !== undefined) return { because: 'NameUnrecorded', actions: [], status: record };
  if (agent.name === undefined || isRecorded(build, agent.name, now)) return undefined;
  return importBegins(situation, agent.name);
};

/** Told to another agent than before, it has had some of its time. */
function importBegins({ build, now }: Situation, agent: string): Plan {
  const words = podStillHeldUp(build) ?? {
    reason: 'ImportRunning' as const,
    message: 'importing the image',
    progress: 'importing',
  };
  const since = importSince(build, now);
  const importStarted = Number.isFinite(since) ? build.status.stageTimes?.importStarted : rfc3339(now);
  const change = {
    importJobName: agent,
    progress: words.progress,
    stageTimes: { ...build.status.stageTimes, importStarted },
  };
  const status = statusPatch(build, change, verdicts.underWay(words.reason, words.message), now);
  return { because: 'ImportUnrecorded', actions: [], ...(status === undefined ? {} : { status }) };
}

/** An agent that ended without an answer is followed by another, which gets the same order. */
export const importEnded: Rule = (situation) => {
  const { answer } = situation.agent;
  if (answer?.state !== 'done' && answer?.state !== 'refused') return undefined;
  const result = ImportResult.safeParse(answer.result).data ?? unreadable;
  return result.ok ? imported(situation, result) : importFailed(situation, result);
};

const unreadable = failure('InvalidResult', false, 'the agent of the node says nothing of the import that can be read');

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

export const importRuns: Rule = (situation) => {
  const { agent } = situation;
  return jobRuns(situation, agent, {
    because: 'ImportRuns',
    reason: 'ImportRunning',
    message: 'importing the image',
    progress: 'importing',
    lookAgainMs,
  });
};
