import { isReporting, type Said } from '../../api/report.ts';
import { isBuilder, isBuildJobOf } from '../../cluster-view/belonging.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { podOfJob } from '../../cluster-view/pod-of-job.ts';
import type { Reports } from '../../mailbox/reports.ts';
import { keyOf } from '../../runtime/kube-object.ts';
import type { Refusal } from '../../runtime/refusals.ts';
import type { BuildStores } from './build-stores.ts';
import { hasTaken, isBuilderFor, lineAt } from './builder-line.ts';
import { jobName, orderId } from './names.ts';
import { type JobAndPod, noJob, type SeenBuilder, type SeenJob, type Troubles, troubleOf } from './seen-job.ts';
import { storesOf } from './store-of.ts';

interface Sources {
  readonly stores: BuildStores;
  readonly reports: Pick<Reports, 'of'>;
  readonly builderRefusals: (job: string) => readonly Refusal[];
}

export function observeJob(
  build: NixBuild,
  { stores, reports, builderRefusals }: Sources,
  troubles: Troubles,
): { readonly buildJob: SeenJob; readonly builder: SeenBuilder } {
  const { job, pod } = buildJobAndPod(build, stores);
  const [first] = job === undefined ? [] : lineAt(keyOf(job.metadata), stores);
  const said = pod === undefined ? new Map<string, Said>() : saidIn(pod, build, reports);
  return {
    buildJob: { job, pod, said, trouble: troubleOf({ job, pod }, troubles), order: orderId(build) },
    builder: {
      hasTurn: first?.metadata.uid === build.metadata.uid,
      isAtAnother: pod !== undefined && isBuilder(pod) && isOfAnother(reports.of(pod, 'fetch'), orderId(build)),
      refusals: job === undefined || !isBuilder(job) ? [] : builderRefusals(keyOf(job.metadata)),
    },
  };
}

/** One container after the other: nothing comes of those behind one that has not reported. */
function saidIn(pod: PodView, build: NixBuild, reports: Pick<Reports, 'of'>): ReadonlyMap<string, Said> {
  const heard = new Map<string, Said>();
  for (const { name, running } of pod.containers) {
    if (!running || !isReporting(name)) continue;
    const said = ofOrder(orderId(build), reports.of(pod, name));
    if (said !== undefined) heard.set(name, said);
    if (said?.report === undefined) break;
  }
  return heard;
}

/** Of a log that was taken up in the middle only its end is known: the report of the order before, or nothing of any. */
function isOfAnother(said: Said | undefined, order: string): boolean {
  const known = said?.order ?? said?.report?.order;
  return known !== undefined && known !== order;
}

/** A builder may still tell of the build before, or tell of it alone. */
function ofOrder(order: string, said: Said | undefined): Said | undefined {
  if (said?.order !== undefined && said.order !== order) return undefined;
  if (said?.report === undefined || said.report.order === order) return said;
  const { report: _, ...rest } = said;
  return rest;
}

/** The Job that the status names, or that is to be made. */
export function buildJobAndPod(build: NixBuild, stores: BuildStores): JobAndPod {
  const { namespace = '' } = build.metadata;
  const job = stores.jobs.get(`${namespace}/${build.status.buildJobName ?? jobName(build)}`);
  const { store } = storesOf(build, stores.namespaces.get(namespace), stores);
  const isFor = job !== undefined && (isBuildJobOf(job, build) ? !hasTaken(build) : isBuilderFor(job, store));
  return isFor ? { job, pod: podOfJob(job, stores.jobPods) } : noJob;
}
