import { podAnnotation } from '../../../src/api/labels.ts';
import type { Kubectl } from '../../support/git-server.ts';
import { benchPod } from './bench-pod.ts';
import type { Observer } from './observe-cluster.ts';
import { timesOfOrders } from './order-times.ts';
import { firstTime, isRunning, lacksItsImage, SeenBuild, SeenPod, type Sighting, waitUntil } from './sightings.ts';

/** The road of a Pod by enbi, in order and without gaps, in seconds; then sums. */
export const enbiStages = [
  'missing', // Pod created → the kubelet says that the image is missing
  'seen', // → NixBuild created
  'ordered', // → a build Pod is told, or a Job made for it
  'fetchStarted', // → fetch begins
  'fetch', // → and has a result
  'handedOver', // → build begins
  'build', // → and has a result
  'importOrdered', // → the node's agent is told
  'importStarted', // → which begins
  'import', // → and has a result
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
  const { kubectl, namespace, flakeUrl, version, observer } = run;
  const name = `enbi-${version.replaceAll('.', '-')}`;
  const image = `registry.test/bench/hello:${version}`;
  const created = Date.now();
  await kubectl(
    ['create', '--filename=-'],
    JSON.stringify(benchPod(namespace, name, image, { [podAnnotation.flakeUrl]: flakeUrl })),
  );
  const seen = await waitUntil(`Pod ${name} runs`, () => timesOfPod(observer, name, image));
  const orders = await timesOfOrders(kubectl, observer, seen.build);
  await kubectl(['--namespace', namespace, 'delete', 'pod', name]);
  return withSums([created, ...seen.before, ...orders, ...seen.after]);
}

/** Undefined until all of them are known. */
function timesOfPod({ sightings }: Observer, name: string, image: string) {
  const pod = (matches: (pod: SeenPod) => boolean) =>
    firstTime(sightings, 'Pod', SeenPod, (seen) => seen.metadata.name === name && matches(seen));
  const build = (matches: (build: SeenBuild) => boolean) =>
    firstTime(sightings, 'NixBuild', SeenBuild, (seen) => seen.spec.imageTag === image && matches(seen));
  const missing = pod(lacksItsImage);
  const seen = build(() => true);
  const confirmed = build(({ status }) => status.status === 'Succeeded');
  const woken = pod(({ metadata }) => metadata.annotations[podAnnotation.wokenAt] !== undefined);
  const running = pod(isRunning);
  const last = lastBuild(sightings, image);
  if (missing === undefined || seen === undefined || last === undefined) return undefined;
  if (confirmed === undefined || woken === undefined || running === undefined) return undefined;
  return { build: last, before: [missing, seen], after: [confirmed, woken, running] };
}

/** As it was seen last. */
function lastBuild(sightings: readonly Sighting[], image: string): SeenBuild | undefined {
  const builds = sightings.filter(({ kind }) => kind === 'NixBuild').map(({ object }) => SeenBuild.parse(object));
  return builds.findLast(({ spec }) => spec.imageTag === image);
}

function withSums(times: readonly number[]): EnbiStages {
  const lengths = times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / 1000);
  const stages = Object.fromEntries(enbiStages.map((stage, index) => [stage, lengths[index] ?? 0])) as EnbiStages;
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return { ...stages, total, own: total - stages.fetch - stages.build - stages.started };
}
