import { lacksImage } from '../../cluster-view/container.ts';
import type { Facts, OwnContainer, OwnPod } from './facts.ts';
import { byCommand, type Finding, notAllowed } from './finding.ts';

const check = 'Pods of enbi';
/** Of a cluster with many nodes a few say what is wrong with all. */
const mostTold = 8;

interface Trouble extends Pick<Finding, 'message' | 'remedy' | 'commands'> {
  readonly pod: OwnPod;
}

/** An installation or an upgrade that does not come up says why in its Pods, and nowhere else. */
export function judgePods({ pods, kubectl }: Facts): readonly Finding[] {
  if (pods === 'forbidden') return [notAllowed(check, 'list Pods')];
  const troubles = pods.flatMap((pod) => troubleOf(pod, kubectl));
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
  const { pod, message, ...remedy } = first;
  const more = alike.length === 1 ? '' : ` (and ${alike.length - 1} more Pods)`;
  const about = `${pod.namespace}/${pod.name}`;
  return [{ health: 'FAIL', check, about, message: `${message}${more}`, ...remedy }];
}

function troubleOf(pod: OwnPod, kubectl: string): readonly Trouble[] {
  const commands = ownCommands(pod, kubectl);
  for (const container of pod.containers) {
    const trouble =
      imageTrouble(pod, container) ?? (pod.role === 'controller' ? runTrouble(container, commands) : undefined);
    if (trouble !== undefined) return [{ ...trouble, pod }];
  }
  if (pod.role !== 'controller' || pod.unschedulable === '') return [];
  return [{ pod, message: `the controller has no place: ${pod.unschedulable}`, ...byCommand(commands.describe) }];
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
    ...byCommand(
      'ctr --namespace k8s.io images import FILE',
      'enbi goes on by itself when a registry that the node can reach has it, or the node; of k3s put the archive of a release ' +
        'into /var/lib/rancher/k3s/agent/images on the node, elsewhere run there, where FILE is the archive',
    ),
  };
}

function runTrouble(
  { name, waiting, message, restarts, ended }: OwnContainer,
  { describe, logs }: ReturnType<typeof ownCommands>,
): Omit<Trouble, 'pod'> | undefined {
  if (ended !== undefined && ended.exitCode !== 0) {
    const reason = ended.reason === '' || ended.reason === 'Error' ? '' : ` (${ended.reason})`;
    const last = ended.message === '' ? '' : `: ${ended.message}`;
    return {
      message: `the controller ended with ${ended.exitCode}${reason}, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}${last}`,
      ...byCommand(logs(name)),
    };
  }
  if (waiting === '' || onItsWay.has(waiting)) return undefined;
  return { message: `the controller waits: ${waiting}${message === '' ? '' : `: ${message}`}`, ...byCommand(describe) };
}

const onItsWay = new Set(['ContainerCreating', 'PodInitializing']);

function ownCommands({ namespace, name }: OwnPod, kubectl: string) {
  return {
    describe: `${kubectl} --namespace ${namespace} describe pod ${name}`,
    logs: (container: string) => `${kubectl} --namespace ${namespace} logs --previous --container ${container} ${name}`,
  };
}
