import { label, manager, marks } from '../../api/labels.ts';
import { makerNamed } from '../../cluster-view/belonging.ts';
import { listOf, type Raw, rawOf, textMap, textOf } from '../../cluster-view/raw.ts';
import { resource } from '../../cluster-view/resources.ts';
import { oneLine } from '../../printable.ts';
import type { CommandContext } from '../command-context.ts';
import { readList } from '../read-lists.ts';
import type { Forbidden, OwnContainer, OwnPod } from './facts.ts';

/** Longer than what a kubelet says of a pull that failed. */
const longestMessage = 400;

/** The controller's Pods, and those of Jobs in all namespaces: what ended well is left out by who judges. */
export async function readOwnPods({ client, enbiNamespace }: CommandContext): Promise<readonly OwnPod[] | Forbidden> {
  const [own, ofJobs] = await Promise.all([
    readList(client, resource.pods, { namespace: enbiNamespace, labelSelector: 'app.kubernetes.io/name=enbi' }),
    readList(client, resource.pods, { labelSelector: `${label.managedBy}=${manager}` }),
  ]);
  if (own === undefined && ofJobs === undefined) return 'forbidden';
  return [
    ...listOf(own).map((raw) => projectOwnPod(raw, 'controller')),
    ...listOf(ofJobs)
      .filter(isMarked)
      .map((raw) => projectOwnPod(raw, roleOf(raw))),
  ];
}

function roleOf({ metadata }: Raw): string {
  return textMap(rawOf(metadata).labels)[label.component] ?? 'Job';
}

function builderOf(raw: Raw): Pick<OwnPod, 'builder'> {
  const isBuilder = Object.hasOwn(textMap(rawOf(raw.metadata).labels), label.builder);
  const job = isBuilder ? makerNamed(raw) : undefined;
  return job === undefined ? {} : { builder: job.name };
}

/** Anybody may write enbi's label on a Pod; these are refused to others where the policies are installed. */
function isMarked({ metadata }: Raw): boolean {
  const labels = textMap(rawOf(metadata).labels);
  return marks.some((mark) => Object.hasOwn(labels, mark));
}

function projectOwnPod(raw: Raw, role: string): OwnPod {
  const [spec, status, metadata] = [rawOf(raw.spec), rawOf(raw.status), rawOf(raw.metadata)];
  const placed = listOf(status.conditions).find(({ type }) => type === 'PodScheduled');
  return {
    role,
    ...builderOf(raw),
    namespace: textOf(metadata.namespace),
    name: textOf(metadata.name),
    node: textOf(spec.nodeName),
    unschedulable: placed?.status === 'False' ? oneLine(textOf(placed.message), longestMessage) : '',
    asks: textOf(listOf(spec.containers)[0]?.image),
    containers: [...listOf(status.initContainerStatuses), ...listOf(status.containerStatuses)].map(projectContainer),
  };
}

function projectContainer(status: Raw): OwnContainer {
  const state = rawOf(status.state);
  const waiting = rawOf(state.waiting);
  const isWell = state.running !== undefined && status.ready === true;
  const ended = isWell ? {} : rawOf(state.terminated ?? rawOf(status.lastState).terminated);
  return {
    name: textOf(status.name),
    image: textOf(status.image),
    waiting: textOf(waiting.reason),
    message: oneLine(textOf(waiting.message), longestMessage),
    restarts: Number(status.restartCount ?? 0),
    ...(ended.exitCode === undefined
      ? {}
      : {
          ended: {
            exitCode: Number(ended.exitCode),
            reason: textOf(ended.reason),
            message: oneLine(textOf(ended.message).trim(), longestMessage),
          },
        }),
  };
}
