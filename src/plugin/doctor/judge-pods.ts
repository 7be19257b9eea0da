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
export function judgePods({ pods, kubectl, enbiNamespace }: Facts): readonly Finding[] {
  if (pods === 'forbidden') return [notAllowed(check, 'list Pods')];
  const troubles = pods.flatMap((pod) => troubleOf(pod, { kubectl, enbiNamespace }));
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
  const more = alike.length === 1 ? '' : ` (and ${alike.length - 1} more such Pod${alike.length === 2 ? '' : 's'})`;
  const about = `${pod.namespace}/${pod.name}`;
  return [{ health: 'FAIL', check, about, message: `${message}${more}`, ...remedy }];
}

function troubleOf(
  pod: OwnPod,
  { kubectl, enbiNamespace }: Pick<Facts, 'kubectl' | 'enbiNamespace'>,
): readonly Trouble[] {
  const own = ownOf(pod, enbiNamespace);
  const commands = ownCommands(pod, kubectl);
  for (const container of pod.containers) {
    const trouble =
      imageTrouble(pod, container) ?? (own === undefined ? undefined : runTrouble(own, container, commands));
    if (trouble !== undefined) return [{ ...trouble, pod }];
  }
  if (own === undefined || pod.unschedulable === '') return [];
  return [{ pod, message: `${own} has no place: ${pod.unschedulable}`, ...byCommand(commands.describe) }];
}

/** What runs for all; undefined: it runs for one build, which says itself what keeps it. */
function ownOf({ role, namespace, node }: OwnPod, enbiNamespace: string): string | undefined {
  if (role === 'controller') return 'the controller';
  if (role !== 'agent' || namespace !== enbiNamespace) return undefined;
  return node === '' ? "a node's agent" : `the agent of node ${node}`;
}

/** Of the controller, any agent and any build: there is one image. */
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
  own: string,
  { name, waiting, message, restarts, ended }: OwnContainer,
  { describe, logs }: ReturnType<typeof ownCommands>,
): Omit<Trouble, 'pod'> | undefined {
  if (ended !== undefined && ended.exitCode !== 0) {
    const reason = ended.reason === '' || ended.reason === 'Error' ? '' : ` (${ended.reason})`;
    const last = ended.message === '' ? '' : `: ${ended.message}`;
    return {
      message: `${own} ended with ${ended.exitCode}${reason}, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}${last}`,
      ...byCommand(logs(name)),
    };
  }
  if (waiting === '' || onItsWay.has(waiting)) return undefined;
  return { message: `${own} waits: ${waiting}${message === '' ? '' : `: ${message}`}`, ...byCommand(describe) };
}

const onItsWay = new Set(['ContainerCreating', 'PodInitializing']);

function ownCommands({ namespace, name, role }: OwnPod, kubectl: string) {
  return {
    describe: `${kubectl} --namespace ${namespace} describe pod ${name}`,
    // A Job's Pod is not started again: all that it said is in the one log.
    logs: (container: string) =>
      role === 'controller'
        ? `${kubectl} --namespace ${namespace} logs --previous --container ${container} ${name}`
        : `${kubectl} --namespace ${namespace} logs ${name}`,
  };
}
