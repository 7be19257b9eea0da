import { label, podAnnotation } from '../../../src/api/labels.ts';
import type { Kubectl } from '../../support/git-server.ts';
import { benchPod } from './bench-pod.ts';
import type { Observer } from './observe-cluster.ts';
import {
  containerId,
  firstTime,
  isRunning,
  lacksItsImage,
  SeenBuild,
  SeenJob,
  type SeenMetadata,
  SeenPod,
  type Sighting,
  waitUntil,
} from './sightings.ts';

/** The road of a Pod by enbi, in order and without gaps, in seconds; then sums. */
export const enbiStages = [
  'missing', // Pod created → the kubelet says that the image is missing
  'seen', // → NixBuild created
  'jobCreated', // → build Job created
  'jobStarted', // → its first container runs
  'fetch', // → which ends
  'handedOver', // → the second container runs, if it does not yet
  'build', // → which ends
  'importCreated', // → import Job created
  'importStarted', // → its container runs
  'import', // → which ends
  'confirmed', // → NixBuild succeeded
  'woken', // → the Pod is told
  'started', // → Running
  'total',
  'own', // the total without fetch, build and started
] as const;
export type EnbiStages = Readonly<Record<(typeof enbiStages)[number], number>>;

export interface EnbiRun {
  readonly kubectl: Kubectl;
  readonly observer: Observer;
  readonly namespace: string;
  readonly flakeUrl: string;
  readonly version: string;
}

/** Creates a Pod whose image exists nowhere and takes the times until it runs; removes it again. */
export async function rollOutWithEnbi(run: EnbiRun): Promise<EnbiStages> {
  const { kubectl, namespace, flakeUrl, version } = run;
  const name = `enbi-${version.replaceAll('.', '-')}`;
  const image = `registry.test/bench/hello:${version}`;
  const created = Date.now();
  await kubectl(
    ['create', '--filename=-'],
    JSON.stringify(benchPod(namespace, name, image, { [podAnnotation.flakeUrl]: flakeUrl })),
  );
  const stages = await waitUntil(`Pod ${name} runs`, () => stagesOf(run.observer, created, name, image));
  await kubectl(['--namespace', namespace, 'delete', 'pod', name]);
  return stages;
}

/** Undefined until all of them are known. */
function stagesOf({ sightings, containers }: Observer, created: number, name: string, image: string) {
  const pod = (matches: (pod: SeenPod) => boolean) =>
    firstTime(sightings, 'Pod', SeenPod, (seen) => seen.metadata.name === name && matches(seen));
  const running = pod(isRunning);
  const uid = uidOfBuild(sightings, image);
  if (running === undefined || uid === undefined) return undefined;
  const isOurs = ({ metadata }: { metadata: SeenMetadata }) => metadata.labels[label.buildUid] === uid;
  const build = (matches: (build: SeenBuild) => boolean) =>
    firstTime(sightings, 'NixBuild', SeenBuild, (seen) => seen.metadata.uid === uid && matches(seen));
  const job = (component: string) =>
    firstTime(sightings, 'Job', SeenJob, (seen) => isOurs(seen) && seen.metadata.labels[label.component] === component);
  const pods = sightings.filter(({ kind }) => kind === 'Pod').map(({ object }) => SeenPod.parse(object));
  const ran = (container: string, what: 'start' | 'exit') => {
    const ids = pods.filter(isOurs).map((seen) => containerId(seen, container));
    return containers.get(`${what} ${ids.find((id) => id !== '') ?? ''}`);
  };
  const times = [
    created,
    pod(lacksItsImage),
    build(() => true),
    job('build'),
    ran('fetch', 'start'),
    ran('fetch', 'exit'),
    latest(ran('fetch', 'exit'), ran('build', 'start')),
    ran('build', 'exit'),
    job('import'),
    ran('import', 'start'),
    ran('import', 'exit'),
    build(({ status }) => status.status === 'Succeeded'),
    pod(({ metadata }) => metadata.annotations[podAnnotation.wokenAt] !== undefined),
    running,
  ];
  return times.every((time) => time !== undefined) ? withSums(times) : undefined;
}

function latest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other);
}

function uidOfBuild(sightings: readonly Sighting[], image: string): string | undefined {
  const builds = sightings.filter(({ kind }) => kind === 'NixBuild').map(({ object }) => SeenBuild.parse(object));
  return builds.find(({ spec }) => spec.imageTag === image)?.metadata.uid;
}

function withSums(times: readonly number[]): EnbiStages {
  const lengths = times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / 1000);
  const stages = Object.fromEntries(enbiStages.map((stage, index) => [stage, lengths[index] ?? 0])) as EnbiStages;
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return { ...stages, total, own: total - stages.fetch - stages.build - stages.started };
}
