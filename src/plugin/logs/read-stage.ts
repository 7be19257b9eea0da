import { reportPrefix } from '../../api/report.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { PolicyError } from '../../errors.ts';
import type { CommandContext } from '../command-context.ts';
import { readLog, type StageLine } from './read-log.ts';

interface StageReading {
  readonly stage: 'fetch' | 'build';
  readonly pod: PodView;
  readonly follow: boolean;
}

/** The log of a container that has one order alone, but for what it reports to the controller. */
export async function* readStage(reading: StageReading, context: CommandContext): AsyncGenerator<StageLine> {
  const { stage, pod, follow } = reading;
  try {
    yield* readLog({ pod, container: stage, follow, shown }, context);
  } catch (thrown) {
    if (!(thrown instanceof PolicyError)) throw thrown;
    yield { kind: 'note', text: thrown.message };
  }
}

function shown(line: string): string | undefined {
  return line.startsWith(reportPrefix) ? undefined : line;
}
