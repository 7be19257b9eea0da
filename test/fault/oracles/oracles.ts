import type { Run } from '../run-plan.ts';
import { loadedAgainIn, ofAgents } from './agents.ts';
import { saidOtherwise, tooManyWrites, unseenWrites, type WriteReference, writeReferenceOf } from './writes.ts';

/** What holds of the undisturbed run of a scenario, and is to hold of every other. */
export interface Reference extends WriteReference {
  readonly endState: readonly string[];
  readonly successfulBuilds: number;
  readonly loadedAgain: number;
  readonly pinsLeft: number;
  readonly mostAgents: number;
}

export function referenceOf(run: Run): Reference {
  return {
    endState: run.endState,
    ...writeReferenceOf(run),
    successfulBuilds: run.builds.filter(({ succeeded }) => succeeded === true).length,
    loadedAgain: loadedAgainIn(run),
    pinsLeft: run.pins.length,
    mostAgents: run.mostAgents,
  };
}

/** What is wrong with a run, in words; nothing: it went as it should. */
export function judge(run: Run, reference: Reference): readonly string[] {
  return [
    ...(run.gaveUp === undefined ? [] : [run.gaveUp]),
    ...differences(run, reference),
    ...twiceBuilt(run, reference),
    ...ofAgents(run, reference),
    ...run.wrongInTheEnd,
    ...trespasses(run),
    ...unseenWrites(run),
    ...(run.countsWrites ? [...tooManyWrites(run, reference), ...saidOtherwise(run, reference)] : []),
    ...defects(run),
  ];
}

/** What is gone and what has come, each pair of one kind and name as the place where they part. */
function differences({ endState: mine }: Run, { endState }: Reference): string[] {
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

function trespasses({ written }: Run): string[] {
  return written.flatMap(({ trespasses: is, moment, object }) => (is ? [`somebody else's: ${moment} ${object}`] : []));
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
