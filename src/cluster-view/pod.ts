import { ceilings } from '../api/ceilings.ts';
import { podAnnotation, podAnnotationPrefix, workAnnotations } from '../api/labels.ts';
import type { Observed } from '../runtime/kube-object.ts';
import { cutText } from './bounded.ts';
import { type ContainerView, countContainers, type KeptContainers, projectContainers } from './container.ts';
import { annotationsOf, type KeptTexts, projectMeta } from './project-meta.ts';
import { listOf, ours, type Raw, rawOf, textMap, textOf } from './raw.ts';
import { type ToldOrders, toldOrders } from './told-orders.ts';

/** A Pod, as far as enbi cares: one that asks for an image by annotation, or one of enbi's own Jobs. */
export interface PodView extends Observed {
  readonly nodeName?: string;
  readonly phase: string;
  /** `status.reason`, for example Evicted. */
  readonly reason: string;
  readonly message: string;
  readonly containers: readonly ContainerView[];
  /** Why the scheduler cannot place it; empty when it can. */
  readonly unschedulable: string;
  /** Who is making it end before its time (preemption, eviction, the node's shutdown); empty: nobody. */
  readonly disruption: string;
  /** Of an agent's Pod, or a builder's: what it is told to do. */
  readonly orders?: ToldOrders;
  /** What there is too much of, for people: then no annotation and no container is kept. */
  readonly tooLarge?: string;
}

/** A Pod with an annotation of enbi's, be it misspelt: those are told. All others are not kept in memory. */
export function projectAskingPod(raw: unknown): PodView | undefined {
  const pod = rawOf(raw);
  // Most Pods of a cluster ask for nothing: no more is read of them.
  const asking = Object.keys(rawOf(rawOf(pod.metadata).annotations)).filter(isForPods);
  if (asking.length === 0 || ours(projectMeta(pod))) return undefined;
  const many = whatIsTooMany(asking.length, countContainers(rawOf(pod.spec)));
  if (many !== undefined) return withoutContent(pod, many);
  const view = projectPod(pod, { annotations: askingAnnotations(pod), most: ceilings.podContainers.value });
  const length = JSON.stringify(view).length;
  return length <= ceilings.podCharacters.value ? view : withoutContent(pod, tooMuchText);
}

/** A Pod of one of enbi's own Jobs; whoever may write Pods can label one so, and add containers to enbi's. */
export function projectJobPod(raw: unknown): PodView | undefined {
  const pod = rawOf(raw);
  if (!ours(projectMeta(pod))) return undefined;
  const annotations = annotationsOf(pod, workAnnotations);
  return {
    ...projectPod(pod, { annotations, most: ceilings.ownContainers.value, complaints: true }),
    ...toldOrders(pod),
  };
}

function isForPods(name: string): boolean {
  return name.startsWith(podAnnotationPrefix);
}

function whatIsTooMany(annotations: number, containers: number): string | undefined {
  const { podAnnotations, podContainers } = ceilings;
  if (annotations > podAnnotations.value)
    return `${annotations} annotations that begin with ${podAnnotationPrefix}, and enbi reads at most ${podAnnotations.value}`;
  if (containers > podContainers.value)
    return `${containers} containers and image volumes, and enbi reads at most ${podContainers.value}`;
  return undefined;
}

/** Without the length, which grows as the kubelet writes the Pod's status: each other text would be another event. */
const tooMuchText = `annotations of enbi and names of containers and images that take more than ${ceilings.podCharacters.value} characters together`;

function withoutContent(pod: Raw, tooLarge: string): PodView {
  return { ...projectPod({ metadata: pod.metadata }, { annotations: {}, most: 0 }), tooLarge };
}

/** Of a misspelt one only the name is told, so its value is not kept. */
function askingAnnotations({ metadata }: Raw): Readonly<Record<string, string>> {
  const annotations = Object.entries(textMap(rawOf(metadata).annotations));
  return Object.fromEntries(
    annotations
      .filter(([name]) => isForPods(name) || name === podAnnotation.wokenAt)
      .map(([name, value]) => [name, isKnown(name) ? value : '']),
  );
}

function isKnown(name: string): boolean {
  return Object.values<string>(podAnnotation).some((known) => name === known || name.startsWith(`${known}.`));
}

interface KeptOfPod extends KeptTexts, Pick<KeptContainers, 'most'>, Partial<Pick<KeptContainers, 'complaints'>> {}

function projectPod(pod: Raw, { most, complaints = false, ...texts }: KeptOfPod): PodView {
  const spec = rawOf(pod.spec);
  const status = rawOf(pod.status);
  const nodeName = textOf(spec.nodeName);
  return {
    metadata: projectMeta(pod, texts),
    ...(nodeName === '' ? {} : { nodeName }),
    phase: textOf(status.phase),
    reason: cutText(textOf(status.reason), ceilings.word.value),
    message: cutText(textOf(status.message), ceilings.message.value),
    containers: projectContainers({ spec, status }, { most, complaints }),
    unschedulable: unschedulable(status),
    disruption: disruption(status),
  };
}

function unschedulable(status: Raw): string {
  const condition = listOf(status.conditions).find(
    (entry) => entry.type === 'PodScheduled' && entry.status === 'False',
  );
  return cutText(textOf(condition?.message), ceilings.message.value);
}

/** https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions */
function disruption(status: Raw): string {
  const condition = listOf(status.conditions).find(
    (entry) => entry.type === 'DisruptionTarget' && entry.status === 'True',
  );
  return condition === undefined
    ? ''
    : cutText(`${textOf(condition.reason)}: ${textOf(condition.message)}`, ceilings.message.value);
}
