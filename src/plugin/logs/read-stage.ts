import { reportPrefix } from '../../api/report.ts';
import { isBuilder } from '../../cluster-view/belonging.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { orderId } from '../../controllers/builds/names.ts';
import { PolicyError } from '../../errors.ts';
import type { CommandContext } from '../command-context.ts';
import { buildingIsOver } from './building-is-over.ts';
import { OrderLines } from './order-lines.ts';
import { type Reading, readLog, type StageLine } from './read-log.ts';
import { untilOver } from './until-over.ts';

interface StageReading {
  readonly stage: 'fetch' | 'build';
  readonly pod: PodView;
  readonly follow: boolean;
  /** What the container may build beside others. */
  readonly build: NixBuild;
}

/** The log of one container to its end, or that of its order, but for what it reports to the controller. */
export async function* readStage(reading: StageReading, context: CommandContext): AsyncGenerator<StageLine> {
  const { stage, pod, build } = reading;
  const livesOn = isBuilder(pod);
  const follow = reading.follow && !(livesOn && buildingIsOver(build, build));
  const read = (within: CommandContext) => readLog({ pod, container: stage, follow, ...linesOf(reading) }, within);
  try {
    yield* follow && livesOn ? untilOver({ build, isOver: buildingIsOver }, context, read) : read(context);
  } catch (thrown) {
    if (!(thrown instanceof PolicyError)) throw thrown;
    yield { kind: 'note', text: thrown.message };
  }
}

/** Each line is shown, or not, before it is asked whether it was the last. */
function linesOf({ stage, pod, build }: StageReading): Pick<Reading, 'shown' | 'isLast'> {
  if (!isBuilder(pod)) return { shown: forPeople };
  const lines = new OrderLines(stage, orderId(build));
  let isOver = false;
  return {
    shown: (line) => {
      const { isShown, isLast } = lines.take(line);
      isOver = isLast;
      return isShown ? forPeople(line) : undefined;
    },
    isLast: () => isOver,
  };
}

/** What it reports is not. */
function forPeople(line: string): string | undefined {
  return line.startsWith(reportPrefix) ? undefined : line;
}
