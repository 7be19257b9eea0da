import { lacksImage } from '../../cluster-view/container.ts';
import type { Facts, OwnContainer, OwnPod } from './facts.ts';
import { type Finding, notAllowed } from './finding.ts';

const check = 'Pods of enbi';
/** Of a cluster with many nodes a few say what is wrong with all. */
const mostTold = 8;

interface Trouble extends Pick<Finding, 'message' | 'remedy'> {
  readonly pod: OwnPod;
}

/** An installation or an upgrade that does not come up says why in its Pods, and nowhere else. */
export function judgePods({ pods }: Facts): readonly Finding[] {
  if (pods === 'forbidden') return [notAllowed(check, 'list Pods')];
  const troubles = pods.flatMap(troubleOf);
  const distinct = [...Map.groupBy(troubles, ({ message }) => message).values()];
  const found = distinct.slice(0, mostTold).flatMap((alike) => findingOf(alike));
  if (distinct.length > mostTold) {
    const message = `${distinct.length - mostTold} more troubles of Pods of enbi; they are told when these are mended`;
    return [...found, { health: 'FAIL', check, message }];
  }
  if (found.length > 0 || pods.length === 0) return found;
  return [{ health: 'OK', check, message: `${pods.length} in all, and nothing keeps them from running` }];
}

function findingOf(alike: readonly Trouble[]): readonly Finding[] {
  const [first] = alike;
  if (first === undefined) return [];
  const { pod, message, remedy } = first;
  const more = alike.length === 1 ? '' : ` (and ${alike.length - 1} more Pods)`;
  const about = `${pod.namespace}/${pod.name}`;
  return [{ health: 'FAIL', check, about, message: `${message}${more}`, ...(remedy === undefined ? {} : { remedy }) }];
}

function troubleOf(pod: OwnPod): readonly Trouble[] {
  for (const container of pod.containers) {
    const trouble =
      imageTrouble(pod, container) ?? (pod.role === 'controller' ? runTrouble(pod, container) : undefined);
    if (trouble !== undefined) return [{ ...trouble, pod }];
  }
  if (pod.role !== 'controller' || pod.unschedulable === '') return [];
  return [{ pod, message: `the controller has no place: ${pod.unschedulable}`, remedy: describe(pod) }];
}

/** Of the controller, and of any build or import: there is one image. */
function imageTrouble(
  { node, role }: OwnPod,
  { waiting, image, message }: OwnContainer,
): Omit<Trouble, 'pod'> | undefined {
  if (!lacksImage(waiting)) return undefined;
  const why = message === '' ? '' : `: ${message}`;
  return {
    message: `node ${node} has not enbi's own image ${image}, and cannot get it (${role} waits: ${waiting}${why})`,
    remedy:
      'push it to a registry that the node can reach, or load it into the node, and enbi goes on by itself: ' +
      'ctr --namespace k8s.io images import FILE (k3s: k3s ctr, or FILE in /var/lib/rancher/k3s/agent/images)',
  };
}

function runTrouble(
  pod: OwnPod,
  { name, waiting, message, restarts, ended }: OwnContainer,
): Omit<Trouble, 'pod'> | undefined {
  if (ended !== undefined && ended.exitCode !== 0) {
    const reason = ended.reason === '' || ended.reason === 'Error' ? '' : ` (${ended.reason})`;
    const last = ended.message === '' ? '' : `: ${ended.message}`;
    return {
      message: `the controller ended with ${ended.exitCode}${reason}, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}${last}`,
      remedy: `kubectl --namespace ${pod.namespace} logs --previous --container ${name} ${pod.name}`,
    };
  }
  if (waiting === '' || onItsWay.has(waiting)) return undefined;
  return { message: `the controller waits: ${waiting}${message === '' ? '' : `: ${message}`}`, remedy: describe(pod) };
}

const onItsWay = new Set(['ContainerCreating', 'PodInitializing']);

function describe({ namespace, name }: OwnPod): string {
  return `kubectl --namespace ${namespace} describe pod ${name}`;
}
