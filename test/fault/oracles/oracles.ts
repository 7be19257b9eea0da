import { label, manager } from '../../../src/api/labels.ts';
import { NixBuildStatus } from '../../../src/api/nix-build.ts';
import type { Run } from '../run-plan.ts';
import { isGoing, keyOfLive, statusOf } from '../server/live.ts';
import { plurals } from '../server/mirror.ts';
import { endStateOf } from './end-state.ts';

/** What holds of the undisturbed run of a scenario, and is to hold of every other. */
export interface Reference {
  readonly endState: readonly string[];
  readonly writes: number;
  readonly successfulBuilds: number;
  readonly pinsLeft: number;
}

export function referenceOf(run: Run): Reference {
  return {
    endState: endStateOf(run.stage.world),
    writes: effectiveWrites(run),
    successfulBuilds: run.builds.filter(({ succeeded }) => succeeded === true).length,
    pinsLeft: run.stage.images.pinnedBy.length,
  };
}

/** What is wrong with a run, in words; nothing: it went as it should. */
export function judge(run: Run, reference: Reference): readonly string[] {
  return [
    ...(run.gaveUp === undefined ? [] : [run.gaveUp]),
    ...differences(run, reference),
    ...twiceBuilt(run, reference),
    ...leftPinned(run, reference),
    ...orphans(run),
    ...unlikeKstatus(run),
    ...trespasses(run),
    ...tooManyWrites(run, reference),
    ...defects(run),
  ];
}

/** What is gone and what has come, each pair of one kind and name as the place where they part. */
function differences({ stage }: Run, { endState }: Reference): string[] {
  const mine = endStateOf(stage.world);
  const gone = endState.filter((line) => !mine.includes(line));
  const come = mine.filter((line) => !endState.includes(line));
  const pairs = gone.map((line, index) => [line, come[index] ?? 'nothing'] as const);
  return [
    ...pairs.map(([line, other]) => parting(line, other)),
    ...come.slice(gone.length).map((line) => `there in the end: ${line}`),
    ...(mine.length === endState.length || pairs.length > 0 ? [] : ['not as many objects in the end']),
  ];
}

function parting(expected: string, actual: string): string {
  let index = 0;
  while (index < expected.length && expected[index] === actual[index]) index++;
  const from = Math.max(index - 60, 0);
  const [kind = ''] = expected.split(' ');
  return `in the end, ${kind}: …${actual.slice(from, index + 200)}… instead of …${expected.slice(from, index + 200)}…`;
}

/** No build runs beside another of the same NixBuild, and no more succeed than undisturbed. */
function twiceBuilt({ builds }: Run, { successfulBuilds }: Reference): string[] {
  const beside = builds.flatMap((run, index) =>
    builds
      .slice(index + 1)
      .filter((other) => other.build === run.build && other.startedAt < (run.endedAt ?? Number.POSITIVE_INFINITY))
      .map((other) => `Job ${other.job} built while Job ${run.job} did`),
  );
  const succeeded = builds.filter((run) => run.succeeded === true).length;
  const counts = `${succeeded} builds succeeded, ${successfulBuilds} do undisturbed`;
  return succeeded === successfulBuilds ? beside : [...beside, counts];
}

/** Nobody is left to take these pins off. */
function leftPinned({ stage: { images } }: Run, { pinsLeft }: Reference): string[] {
  const left = images.pinnedBy;
  return left.length <= pinsLeft ? [] : [`images stay pinned by Pods that are gone: ${left.join(', ')}`];
}

/** What belongs to something that is no more. */
function orphans({ stage: { world } }: Run): string[] {
  const uids = new Set(plurals.flatMap((plural) => world.list(plural).map(({ metadata }) => metadata.uid)));
  return plurals.flatMap((plural) =>
    world
      .list(plural)
      .filter(({ metadata }) => metadata.labels?.[label.managedBy] === manager)
      .filter((live) => {
        const owners = (live.metadata.ownerReferences ?? []).map(({ uid }) => uid);
        const build = live.metadata.labels?.[label.buildUid];
        return [...owners, ...(build === undefined ? [] : [build])].some((uid) => !uids.has(uid));
      })
      .map((live) => `orphan: ${plural} ${keyOfLive(live)}`),
  );
}

/** https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md */
function unlikeKstatus({ stage: { world } }: Run): string[] {
  return world
    .list('nixbuilds')
    .filter((build) => !isGoing(build))
    .flatMap((build) => {
      const status = NixBuildStatus.safeParse(statusOf(build));
      if (!status.success) return [`the status of ${keyOfLive(build)} fits no schema: ${status.error.message}`];
      const { conditions = [], observedGeneration } = status.data;
      const is = (type: string) => conditions.find((condition) => condition.type === type)?.status;
      const verdicts = [is('Ready') === 'True', is('Reconciling') === 'True', is('Stalled') === 'True'];
      const isOne = verdicts.filter(Boolean).length === 1;
      const isCurrent = observedGeneration === build.metadata.generation;
      return [
        ...(isOne ? [] : [`kstatus knows no one state of ${keyOfLive(build)}: ${JSON.stringify(conditions)}`]),
        ...(isCurrent ? [] : [`the status of ${keyOfLive(build)} is of another generation`]),
      ];
    });
}

function trespasses({ written }: Run): string[] {
  return written.flatMap(({ trespasses: is, moment, object }) => (is ? [`somebody else's: ${moment} ${object}`] : []));
}

/** What was written is written again, or a status goes there and back. */
const writesForFault = 2;

function tooManyWrites(run: Run, { writes }: Reference): string[] {
  const mine = effectiveWrites(run);
  const allowed = writes + writesForFault * run.plan.faults.length;
  return mine <= allowed ? [] : [`${mine} writes, ${writes} undisturbed and ${allowed} allowed`];
}

/** Those that changed something; what people are told is counted apart. */
function effectiveWrites({ written }: Run): number {
  return written.filter(({ code, moment }) => code < 300 && !moment.endsWith(' events')).length;
}

/** What a controller logs as a defect of its own. */
function defects({ lives }: Run): string[] {
  return lives.flatMap(({ log }) =>
    log.lines
      .filter(({ level }) => level === 'error')
      .map(({ message, fields }) => `logged: ${message} ${describe(fields)}`),
  );
}

function describe(fields: object): string {
  return JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? value.stack : value));
}
