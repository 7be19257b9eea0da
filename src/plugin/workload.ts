import { podAnnotationPrefix } from '../api/labels.ts';
import { waitsForImage } from '../cluster-view/container.ts';
import { type PodView, projectAskingPod } from '../cluster-view/pod.ts';
import { listOf, type Raw, rawOf, textMap, textOf } from '../cluster-view/raw.ts';
import { resource } from '../cluster-view/resources.ts';
import { UserError } from '../errors.ts';
import type { ResourceType } from '../runtime/kube-client.ts';
import type { CommandContext } from './command-context.ts';
import { readList } from './read-lists.ts';

const apps = { apiVersion: 'apps/v1', namespaced: true } as const;
const deployment: ResourceType = { ...apps, kind: 'Deployment', plural: 'deployments' };
const statefulSet: ResourceType = { ...apps, kind: 'StatefulSet', plural: 'statefulsets' };
const daemonSet: ResourceType = { ...apps, kind: 'DaemonSet', plural: 'daemonsets' };
const replicaSet: ResourceType = { ...apps, kind: 'ReplicaSet', plural: 'replicasets' };

/** What has Pods, by the words that kubectl takes for it. */
export const workloads: Readonly<Record<string, ResourceType>> = Object.fromEntries(
  (
    [
      [deployment, 'deploy', 'deployment', 'deployments', 'deployment.apps', 'deployments.apps'],
      [statefulSet, 'sts', 'statefulset', 'statefulsets', 'statefulset.apps', 'statefulsets.apps'],
      [daemonSet, 'ds', 'daemonset', 'daemonsets', 'daemonset.apps', 'daemonsets.apps'],
      [replicaSet, 'rs', 'replicaset', 'replicasets', 'replicaset.apps', 'replicasets.apps'],
      [resource.jobs, 'job', 'jobs', 'job.batch', 'jobs.batch'],
    ] as const
  ).flatMap(([type, ...words]) => words.map((word) => [word, type])),
);

export interface OfWorkload {
  readonly pod: PodView;
  /** How many there are, and which of them this is. */
  readonly choice: string;
}

/** The Pod of a Deployment or the like that says most about it: one that waits for its image. Throws `UserError`. */
export async function podOfWorkload(type: ResourceType, name: string, context: CommandContext): Promise<OfWorkload> {
  const { client, namespace } = context;
  const title = `${type.kind} ${name}`;
  const raw = await client.get(type, { namespace, name });
  if (raw === undefined) throw new UserError('NotFound', `there is no ${title} in namespace ${namespace}`);
  refuseNotAsking(title, rawOf(raw));
  const { selector } = rawOf(rawOf(raw).spec);
  const items = await readList(client, resource.pods, { namespace, labelSelector: selectorText(rawOf(selector)) });
  if (items === undefined) {
    throw new UserError(
      'Forbidden',
      `you may not list pods in namespace ${namespace}; write pod/NAME of a Pod of ${title}`,
    );
  }
  const pods = items.flatMap((item) => projectAskingPod(item) ?? []);
  const waiting = pods.filter((pod) => pod.containers.some(waitsForImage));
  const pod = waiting[0] ?? pods.find(({ phase }) => phase === 'Pending') ?? pods[0];
  if (pod !== undefined) {
    const which =
      pods.length === 1 ? 'this Pod' : `${pods.length} Pods, ${waiting.length} wait for an image; this is one`;
    return { pod, choice: `${title}: ${which}` };
  }
  // Whoever makes the Pods says so: of a Deployment that is its ReplicaSet.
  throw new UserError(
    'NotFound',
    `${title} has no Pods that ask enbi for an image; if Pods are refused, this says why: kubectl --namespace ${namespace} get events --field-selector reason=FailedCreate`,
  );
}

function refuseNotAsking(title: string, raw: Raw): void {
  const { metadata } = rawOf(rawOf(rawOf(raw.spec).template));
  if (isAnnotated(metadata)) return;
  const where = 'spec.template.metadata.annotations';
  const what = isAnnotated(raw.metadata)
    ? `its annotations ${podAnnotationPrefix}… are on the ${title.split(' ')[0] ?? ''} itself: move them to ${where}, where its Pods have theirs from`
    : `write ${podAnnotationPrefix}flakeUrl into ${where}`;
  throw new UserError('NotAsking', `${title} asks enbi for no image: ${what}`);
}

function isAnnotated(metadata: unknown): boolean {
  return Object.keys(textMap(rawOf(metadata).annotations)).some((key) => key.startsWith(podAnnotationPrefix));
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
function selectorText(selector: Raw): string {
  const labels = Object.entries(textMap(selector.matchLabels)).map(([key, value]) => `${key}=${value}`);
  const expressions = listOf(selector.matchExpressions).map(({ key, operator, values }) => {
    const list = `(${Array.isArray(values) ? values.map(textOf).join(',') : ''})`;
    const texts: Readonly<Record<string, string>> = {
      In: `${textOf(key)} in ${list}`,
      NotIn: `${textOf(key)} notin ${list}`,
      Exists: textOf(key),
      DoesNotExist: `!${textOf(key)}`,
    };
    return texts[textOf(operator)] ?? '';
  });
  return [...labels, ...expressions.filter((text) => text !== '')].join(',');
}
