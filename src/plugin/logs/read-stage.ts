import { reportPrefix } from '../../api/report.ts';
import { isBuilder } from '../../cluster-view/belonging.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { PolicyError } from '../../errors.ts';
import type { CommandContext } from '../command-context.ts';
import { OrderLines } from './order-lines.ts';
import { type Reading, readLog, type StageLine } from './read-log.ts';

interface StageReading {
  readonly stage: 'fetch' | 'build';
  readonly pod: PodView;
  readonly follow: boolean;
  /** What the container may carry out beside others. */
  readonly order: string;
}

/** The log of one container to its end, or that of its order, but for what it reports to the controller. */
export async function* readStage(reading: StageReading, context: CommandContext): AsyncGenerator<StageLine> {
  const { stage, pod, follow } = reading;
  try {
    yield* readLog({ pod, container: stage, follow, ...linesOf(reading) }, context);
  } catch (thrown) {
    if (!(thrown instanceof PolicyError)) throw thrown;
    yield { kind: 'note', text: thrown.message };
  }
}

/** Each line is shown, or not, before it is asked whether it was the last. */
function linesOf({ stage, pod, order }: StageReading): Pick<Reading, 'shown' | 'isLast'> {
  if (!isBuilder(pod)) return { shown: forPeople };
  const lines = new OrderLines(stage, order);
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
