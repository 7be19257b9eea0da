import { aheadAnnotation, label, podAnnotation } from '../../src/api/labels.ts';
import type { NixBuildSpec, NixBuildStatus } from '../../src/api/nix-build.ts';
import { projectNixBuild } from '../../src/cluster-view/objects.ts';
import { listOf, type Raw, rawOf, textMap, textOf } from '../../src/cluster-view/raw.ts';
import { hasTaken } from '../../src/controllers/builds/builder-line.ts';

interface Named {
  readonly name: string;
  readonly uid: string;
}

/** A Pod of the demo, as far as the story is about it. */
export interface SeenPod extends Named {
  readonly kind: 'Pod';
  /** Its label app.kubernetes.io/name; empty for enbi's own Jobs. */
  readonly app: string;
  readonly image: string;
  readonly node: string;
  /** Why its container waits, for example ErrImagePull; empty: it does not. */
  readonly waiting: string;
  /** What enbi woke it with; empty: it has not. */
  readonly woken: string;
  readonly running: boolean;
  readonly ready: boolean;
  readonly going: boolean;
}

export interface SeenBuild extends Named {
  readonly kind: 'NixBuild';
  /** Made before the kubelet has said that the image is missing. */
  readonly isAhead: boolean;
  readonly spec: NixBuildSpec;
  readonly status: NixBuildStatus;
  /** It is built by a Job that was made for another one. */
  readonly hasTaken: boolean;
}

export interface SeenJob extends Named {
  readonly kind: 'Job';
  readonly namespace: string;
  /** What it does: prepare, build, remove, or be a node's agent. */
  readonly component: string;
  /** The NixBuild it works for; empty for all but `build`. */
  readonly build: string;
  /** It stays when it has built, and takes what is to be built next. */
  readonly stays: boolean;
  /** The NixStore it prepares or removes; empty for the others. */
  readonly store: string;
  /** The node whose agent it is; empty for the others. */
  readonly agentOf: string;
}

export interface SeenEvent extends Named {
  readonly kind: 'Event';
  readonly about: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly reporter: string;
}

export type Seen = SeenPod | SeenBuild | SeenJob | SeenEvent;

/** One object changed; times are of this process, in milliseconds. */
export interface Change {
  readonly before?: Seen;
  readonly after?: Seen;
  readonly at: number;
  readonly firstSeenAt: number;
}

export function ofKind<Kind extends Seen['kind']>(kind: Kind, seen?: Seen): Extract<Seen, { kind: Kind }> | undefined {
  return seen !== undefined && isOfKind(kind, seen) ? seen : undefined;
}

function isOfKind<Kind extends Seen['kind']>(kind: Kind, seen: Seen): seen is Extract<Seen, { kind: Kind }> {
  return seen.kind === kind;
}

export function observe(object: unknown): Seen | undefined {
  const raw = rawOf(object);
  switch (raw.kind) {
    case 'Pod':
      return observePod(raw);
    case 'NixBuild':
      return observeBuild(raw);
    case 'Job':
      return observeJob(raw);
    case 'Event':
      return observeEvent(raw);
    default:
      return undefined;
  }
}

function observePod(raw: Raw): SeenPod {
  const meta = rawOf(raw.metadata);
  const status = rawOf(raw.status);
  const [container = {}] = listOf(status.containerStatuses);
  const state = rawOf(container.state);
  return {
    kind: 'Pod',
    ...named(raw),
    app: textMap(meta.labels)['app.kubernetes.io/name'] ?? '',
    image: textOf(listOf(rawOf(raw.spec).containers)[0]?.image),
    node: textOf(rawOf(raw.spec).nodeName),
    waiting: textOf(rawOf(state.waiting).reason),
    woken: textMap(meta.annotations)[podAnnotation.wokenAt] ?? '',
    running: state.running !== undefined,
    ready: listOf(status.conditions).some(({ type, status }) => type === 'Ready' && status === 'True'),
    going: meta.deletionTimestamp !== undefined,
  };
}

function observeBuild(raw: Raw): SeenBuild | undefined {
  const build = projectNixBuild(raw);
  if (build === undefined) return undefined;
  const { spec, status } = build;
  const isAhead = aheadAnnotation in textMap(rawOf(raw.metadata).annotations);
  return { kind: 'NixBuild', ...named(raw), isAhead, spec, status, hasTaken: hasTaken(build) };
}

function observeJob(raw: Raw): SeenJob {
  const meta = rawOf(raw.metadata);
  return {
    kind: 'Job',
    ...named(raw),
    namespace: textOf(meta.namespace),
    component: textMap(meta.labels)[label.component] ?? '',
    build: textMap(meta.annotations)[label.buildName] ?? '',
    stays: textMap(meta.labels)[label.builder] !== undefined,
    store: textMap(meta.labels)[label.store] ?? '',
    agentOf: textMap(meta.annotations)[label.agentNode] ?? '',
  };
}

function observeEvent(raw: Raw): SeenEvent {
  const about = rawOf(raw.involvedObject);
  return {
    kind: 'Event',
    ...named(raw),
    about: `${textOf(about.kind)} ${textOf(about.name)}`,
    type: textOf(raw.type),
    reason: textOf(raw.reason),
    message: textOf(raw.message),
    reporter: textOf(raw.reportingComponent),
  };
}

function named(raw: Raw): Named {
  const meta = rawOf(raw.metadata);
  return { name: textOf(meta.name), uid: textOf(meta.uid) };
}
