import { podAnnotationPrefix } from '../api/labels.ts';
import { waitsForImage } from '../cluster-view/container.ts';
import { type PodView, projectAskingPod } from '../cluster-view/pod.ts';
import { type Raw, rawOf, textMap, textOf } from '../cluster-view/raw.ts';
import { resource } from '../cluster-view/resources.ts';
import { UserError } from '../errors.ts';
import type { ResourceType } from '../runtime/kube-client.ts';
import type { CommandContext } from './command-context.ts';
import { podsOf } from './pods-of-workload.ts';

const apps = { apiVersion: 'apps/v1', namespaced: true } as const;
const deployment: ResourceType = { ...apps, kind: 'Deployment', plural: 'deployments' };
const statefulSet: ResourceType = { ...apps, kind: 'StatefulSet', plural: 'statefulsets' };
const daemonSet: ResourceType = { ...apps, kind: 'DaemonSet', plural: 'daemonsets' };
const replicaSet: ResourceType = { ...apps, kind: 'ReplicaSet', plural: 'replicasets' };
const cronJob: ResourceType = { ...resource.jobs, kind: 'CronJob', plural: 'cronjobs' };

/** What has Pods. */
export const workloadTypes: readonly ResourceType[] = [
  deployment,
  statefulSet,
  daemonSet,
  replicaSet,
  resource.jobs,
  cronJob,
];

/** The same by the words that kubectl takes for it. */
export const workloads: Readonly<Record<string, ResourceType>> = Object.fromEntries(
  (
    [
      [deployment, 'deploy', 'deployment', 'deployments', 'deployment.apps', 'deployments.apps'],
      [statefulSet, 'sts', 'statefulset', 'statefulsets', 'statefulset.apps', 'statefulsets.apps'],
      [daemonSet, 'ds', 'daemonset', 'daemonsets', 'daemonset.apps', 'daemonsets.apps'],
      [replicaSet, 'rs', 'replicaset', 'replicasets', 'replicaset.apps', 'replicasets.apps'],
      [resource.jobs, 'job', 'jobs', 'job.batch', 'jobs.batch'],
      [cronJob, 'cj', 'cronjob', 'cronjobs', 'cronjob.batch', 'cronjobs.batch'],
    ] as const
  ).flatMap(([type, ...words]) => words.map((word) => [word, type])),
);

export interface OfWorkload {
  readonly pod: PodView;
  /** The same as the API server has it. */
  readonly raw: Raw;
  /** How many there are, and which of them this is. */
  readonly choice: string;
}

/** The Pod of a Deployment or the like that says most about it: one that waits for its image. Throws `UserError`. */
export async function podOfWorkload(type: ResourceType, name: string, context: CommandContext): Promise<OfWorkload> {
  const { client, namespace } = context;
  const title = `${type.kind} ${name}`;
  const object = await client.get(type, { namespace, name });
  if (object === undefined) throw new UserError('NotFound', `there is no ${title} in namespace ${namespace}`);
  const workload = rawOf(object);
  refuseNotAsking(title, workload);
  const items = await podsOf(type, workload, context);
  if (items === undefined) {
    throw new UserError(
      'Forbidden',
      `you may not list pods in namespace ${namespace}; write pod/NAME of a Pod of ${title}`,
    );
  }
  const pods = items.flatMap((raw) => {
    const pod = projectAskingPod(raw);
    return pod === undefined ? [] : [{ pod, raw: rawOf(raw) }];
  });
  const [first] = pods.toSorted(moreToSay);
  if (first === undefined) throw new UserError('NotFound', whyNoPods(type, workload, context));
  const waiting = pods.filter(({ pod }) => pod.containers.some(waitsForImage));
  const many = `${pods.length} Pods, ${waiting.length === 1 ? '1 waits' : `${waiting.length} wait`} for an image; this is one`;
  return { ...first, choice: `${title}: ${pods.length === 1 ? 'this Pod' : many}` };
}

type Candidate = Pick<OfWorkload, 'pod' | 'raw'>;

/** Whatever keeps one from running comes first, and of those that are alike the newest. */
function moreToSay(one: Candidate, other: Candidate): number {
  return rankOf(other) - rankOf(one) || madeAt(other).localeCompare(madeAt(one));
}

function rankOf({ pod }: Candidate): number {
  if (pod.containers.some(waitsForImage)) return 3;
  if (pod.containers.some(({ waiting }) => waiting !== undefined)) return 2;
  return pod.phase === 'Pending' ? 1 : 0;
}

function madeAt({ pod }: Candidate): string {
  return pod.metadata.creationTimestamp ?? '';
}

/** Whoever makes the Pods says so: of a Deployment that is its ReplicaSet. */
function whyNoPods({ kind }: ResourceType, { metadata, spec }: Raw, { flags, namespace }: CommandContext): string {
  const name = textOf(rawOf(metadata).name);
  const none = `${kind} ${name} has no Pods that ask enbi for an image`;
  const kubectl = `kubectl ${flags.includes('--namespace') ? flags : `${flags}--namespace ${namespace} `}`;
  if (kind === 'CronJob') {
    const { schedule, suspend } = rawOf(spec);
    const when = suspend === true ? 'it is suspended' : `it has had no run of late (schedule ${textOf(schedule)})`;
    return `${none}: ${when}; to run it once: ${kubectl}create job --from=cronjob/${name} ${name}-now`;
  }
  return `${none}; if Pods are refused, this says why: ${kubectl}get events --field-selector reason=FailedCreate`;
}

/** What its Pods are made from. */
function templateOf({ spec }: Raw): Raw {
  const { jobTemplate, template } = rawOf(spec);
  return jobTemplate === undefined ? rawOf(template) : rawOf(rawOf(rawOf(jobTemplate).spec).template);
}

function refuseNotAsking(title: string, raw: Raw): void {
  const { metadata } = templateOf(raw);
  if (isAnnotated(metadata)) return;
  const ofCronJob = rawOf(raw.spec).jobTemplate !== undefined;
  const where = `${ofCronJob ? 'spec.jobTemplate.spec' : 'spec'}.template.metadata.annotations`;
  const what = isAnnotated(raw.metadata)
    ? `its annotations ${podAnnotationPrefix}… are on the ${title.split(' ')[0] ?? ''} itself: move them to ${where}, where its Pods have theirs from`
    : `write ${podAnnotationPrefix}flakeUrl into ${where}`;
  throw new UserError('NotAsking', `${title} asks enbi for no image: ${what}`);
}

function isAnnotated(metadata: unknown): boolean {
  return Object.keys(textMap(rawOf(metadata).annotations)).some((key) => key.startsWith(podAnnotationPrefix));
}
