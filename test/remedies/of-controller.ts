import { reasons } from '../../src/api/reasons.ts';
import { podRefused } from '../../src/cluster-view/outcome.ts';
import { outlook } from '../../src/cluster-view/outlook.ts';
import { missingOwnImage } from '../../src/cluster-view/own-image.ts';
import { decideBuild } from '../../src/controllers/builds/decide.ts';
import { jobName } from '../../src/controllers/builds/names.ts';
import { decidePod } from '../../src/controllers/pods/decide.ts';
import type { Plan } from '../../src/runtime/plan.ts';
import { aContainer, aJob, aJobPod, aPod, noon, someSettings } from '../support/builders.ts';
import { aSeenBuild } from '../support/seen-build.ts';
import { aSeenPod } from '../support/seen-pod.ts';
import { type Given, names, ownImage, type Printed, sentence, theBuild } from './printed.ts';

/** What conditions, events and the status of a NixBuild say. */
export function printedByController(flakeUrl: string): readonly Printed[] {
  const build = theBuild({ spec: { flakeUrl } });
  const { text } = sentence(podRefused({ ...build.metadata, name: names.job }).message);
  const outlooks = reasons.map((reason) => outlook(build, reason, true));
  const ofNode = missingOwnImage(aPod({ containers: [aContainer({ name: 'fetch', image: ownImage })] })) ?? '';
  return [text, ofNode, ...outlooks, ...ofPods(), ...messagesOf(cancelled())].map(sentence);
}

/** The command that shows a failure elsewhere, as the controller writes it into a status. */
export function reproduceOf(given: Given): string {
  const running = theBuild({ ...given, status: { ...started, ...given?.status } });
  const buildJobName = jobName(running);
  const build = { ...running, status: { ...running.status, buildJobName } };
  const pod = aJobPod({ build: { exitCode: 10, message: failure } });
  const seen = aSeenBuild({ build, buildJob: { job: aJob(buildJobName), pod, said: new Map(), trouble: '' } });
  const { failure: written } = (decideBuild(seen, noon, someSettings()).status?.status ?? {}) as {
    failure?: { reproduce?: string };
  };
  return written?.reproduce ?? '';
}

const failure = { ok: false, reason: 'BuilderFailed', retry: false, message: 'it failed' };
const started = {
  status: 'Building',
  isolation: 'Unprivileged',
  buildNode: names.node,
  storeName: names.store,
  buildJobName: names.job,
  attempts: 1,
} as const;

function cancelled(): Plan {
  const build = theBuild({ status: started, annotations: { 'enbi.hrzn.ee/cancel': '1' } });
  return decideBuild(aSeenBuild({ build }), noon, someSettings());
}

function ofPods(): readonly string[] {
  const builds = [theBuild({ deletionTimestamp: noon.toISOString() }), theBuild({ status: { status: 'Cancelled' } })];
  return builds.flatMap((build) => {
    return messagesOf(decidePod(aSeenPod({ builds: [build] })));
  });
}

function messagesOf({ events = [] }: Plan): readonly string[] {
  return events.map(({ message }) => message);
}
