import type { Run } from '../run-plan.ts';
import { isMirrored } from '../server/mirror.ts';
import { inWords } from './end-state.ts';
import { costOf } from './fault-cost.ts';

/** What was written in an undisturbed run. */
export interface WriteReference {
  /** Which of two answers comes first is nobody's to say, and now and then it makes a write more or less: the most of all runs. */
  readonly writes: number;
  /** What people are told, of which objects, in every run; and in any. */
  readonly alwaysSaid: ReadonlySet<string>;
  readonly everSaid: ReadonlySet<string>;
}

export function writeReferenceOf(run: Run): WriteReference {
  const said = saidIn(run);
  return { writes: effectiveWrites(run), alwaysSaid: said, everSaid: said };
}

/** What holds of two undisturbed runs. */
export function eitherOf(one: WriteReference, other: WriteReference): WriteReference {
  return {
    writes: Math.max(one.writes, other.writes),
    alwaysSaid: new Set([...one.alwaysSaid].filter((line) => other.alwaysSaid.has(line))),
    everSaid: new Set([...one.everSaid, ...other.everSaid]),
  };
}

export function tooManyWrites(run: Run, { writes }: WriteReference): string[] {
  const mine = effectiveWrites(run);
  const allowed = writes + costOf(run.plan.faults).writes + run.foundOut;
  return mine <= allowed ? [] : [`${mine} writes, ${writes} undisturbed and ${allowed} allowed`];
}

/** It gives its slot back, asks again and is given another. */
const writesOfHoldup = 3;

/**
 * Those that changed something; what people are told is counted apart. So is how often an attempt was held up until somebody gave way: a
 * fault costs time.
 */
export function effectiveWrites({ written }: Run): number {
  const done = written.filter(({ code, moment }) => code < 300 && !isEvent(moment));
  return done.length - writesOfHoldup * done.filter(({ holdsUp }) => holdsUp).length;
}

/** What is of a kind that no other oracle looks at. */
export function unseenWrites({ written }: Run): string[] {
  return written
    .filter(({ moment }) => !isEvent(moment) && !isMirrored(moment.replace(/^\w+ ([^/ ]+).*$/, '$1')))
    .map(({ moment, object }) => `nobody looks at what became of it: ${moment} ${object}`);
}

/** How often something is said is nobody's business; that it is said is. */
export function saidOtherwise(run: Run, { alwaysSaid, everSaid }: WriteReference): string[] {
  const mine = saidIn(run);
  const untold = [...alwaysSaid].filter((line) => !mine.has(line));
  const unheardOf = [...mine].filter((line) => !everSaid.has(line));
  return [
    ...(untold.length > costOf(run.plan.faults).untold ? untold.map((line) => `nobody was told: ${line}`) : []),
    // Every fault costs time, and what goes on meanwhile is told: that an image is ready whose NixBuild has just been deleted.
    ...(unheardOf.length > run.plan.faults.length ? unheardOf : []).map(
      (line) => `undisturbed nobody is told: ${line}`,
    ),
  ];
}

/** An event that is there already has been told. */
function saidIn({ written, world }: Run): ReadonlySet<string> {
  const told = written.filter(({ said, code }) => said !== undefined && (code < 300 || code === 409));
  return new Set(told.map(({ said = '' }) => inWords(said, world).replace(whoAsked, '$1 one of the Pods')));
}

/** Of Pods that want the same in the same moment, the one that comes first is told. */
const whoAsked = /^(BuildRequested of) Pod .*/;

function isEvent(moment: string): boolean {
  return moment.endsWith(' events');
}
