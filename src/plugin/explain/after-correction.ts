import { listOf, type Raw, rawOf, textMap, textOf } from '../../cluster-view/raw.ts';
import type { CommandContext } from '../command-context.ts';
import type { ReasonTold } from './explanation.ts';
import type { Maker } from './maker.ts';

export interface Made {
  /** As the API server has it. */
  readonly pod: Raw;
  readonly maker: Maker | undefined;
}

/** What may have to be mended where the Pod comes from: its annotations, or its image. */
const ofTemplate: readonly string[] = [
  'InvalidFlakeReference',
  'InvalidPackageName',
  'InvalidImageName',
  'InvalidSecretName',
  'SecretNotFound',
  'FlakeNotFound',
  'FetchFailed',
  'NetworkUnreachable',
  'AttributeNotFound',
  'NotAnImage',
  'NameConflict',
  'ImageNeverLocal',
  'AmbiguousImage',
  'UnknownAnnotation',
  'BuildWouldNotHelp',
];

/** A correction reaches a Deployment's Pods by itself; elsewhere a Pod that does not start keeps what it was made with. */
export function afterCorrection(
  reason: ReasonTold | undefined,
  { pod, maker }: Made,
  { flags }: CommandContext,
): ReasonTold | undefined {
  const name = textOf(rawOf(pod.metadata).name);
  if (maker === undefined) return reason;
  if (isOutdated(pod, maker)) return outdated(name, maker, flags);
  if (reason === undefined || !ofTemplate.includes(reason.name)) return reason;
  const forced = forcedPolicy(reason, pod, maker);
  if (forced !== undefined) return forced;
  const last = lastStep(maker, name, flags);
  if (last === undefined) return reason;
  const remedy = [reason.remedy ?? '', `${last.why}: ${last.command}`].filter((text) => text !== '').join('\n');
  return { ...reason, remedy, commands: [...(reason.commands ?? []), last.command] };
}

function lastStep({ kind, name }: Maker, pod: string, flags: string): { why: string; command: string } | undefined {
  if (kind === 'StatefulSet') {
    const why = 'a StatefulSet replaces no Pod before this one is Ready. After a correction of its template';
    return { why, command: `kubectl ${flags}delete pod ${pod}` };
  }
  if (kind !== 'Job') return undefined;
  const why = 'a Job keeps what it was made with. After a correction where it comes from';
  return { why, command: `kubectl ${flags}delete job ${name}` };
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback */
function isOutdated(pod: Raw, { kind, raw }: Maker): boolean {
  if (kind !== 'StatefulSet' || isReady(pod)) return false;
  const own = textMap(rawOf(pod.metadata).labels)['controller-revision-hash'] ?? '';
  const wanted = textOf(rawOf(raw.status).updateRevision);
  const { partition } = rawOf(rawOf(rawOf(raw.spec).updateStrategy).rollingUpdate);
  const ordinal = Number(textOf(rawOf(pod.metadata).name).split('-').at(-1));
  return own !== '' && wanted !== '' && own !== wanted && !(ordinal < Number(partition ?? 0));
}

function isReady({ status }: Raw): boolean {
  return listOf(rawOf(status).conditions).some((each) => each.type === 'Ready' && each.status === 'True');
}

function outdated(pod: string, { name }: Maker, flags: string): ReasonTold {
  const command = `kubectl ${flags}delete pod ${pod}`;
  return {
    name: 'PodOutdated',
    message: `StatefulSet ${name} has another template by now, and this Pod is of the one before`,
    meaning:
      'A StatefulSet replaces no Pod before the one that it waits for is Ready, and this one may never be: it keeps the image and the ' +
      'annotations that it was made with.',
    remedy: `delete the Pod, and it is made anew from the new template: ${command}`,
    commands: [command],
  };
}

/** The Pod has another policy than it was made with: something in the cluster sets it, and will again. */
function forcedPolicy(reason: ReasonTold, pod: Raw, { raw }: Maker): ReasonTold | undefined {
  if (reason.name !== 'ImageNeverLocal') return undefined;
  const written = new Map(containersOf(rawOf(rawOf(raw.spec).template)));
  const forced = containersOf(pod).find(
    ([name, policy]) => policy === 'Always' && (written.get(name) ?? 'Always') !== 'Always',
  );
  if (forced === undefined) return undefined;
  const [name] = forced;
  return {
    ...reason,
    message: `container ${name} has imagePullPolicy Always, and its template says ${written.get(name) ?? ''}: this cluster sets it`,
    meaning:
      'Usually that is the admission plugin AlwaysPullImages, or a policy. The kubelet then asks a registry every time and uses no ' +
      'image that is only on its node, so nothing is built.',
    commands: [],
    remedy:
      "ask who looks after the cluster to take AlwaysPullImages out of the API server's --enable-admission-plugins, or to exempt this " +
      'namespace from the policy. Where it must stay, images have to come from a registry.',
  };
}

function containersOf({ spec }: Raw): (readonly [name: string, policy: string])[] {
  const { initContainers, containers } = rawOf(spec);
  return [...listOf(initContainers), ...listOf(containers)].map((each) => [
    textOf(each.name),
    textOf(each.imagePullPolicy),
  ]);
}
