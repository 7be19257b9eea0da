import { parseOrderReport } from '../../api/order-report.ts';
import type { NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { orderId } from '../../controllers/builds/names.ts';
import { PolicyError } from '../../errors.ts';
import { agentContainer } from '../../mailbox/order-reports.ts';
import type { CommandContext } from '../command-context.ts';
import { importByStatus } from './import-by-status.ts';
import { importIsOver } from './import-is-over.ts';
import { type Reading, readLog, type StageLine } from './read-log.ts';
import { untilOver } from './until-over.ts';

interface ImportReading {
  readonly build: NixBuild;
  /** Of the agent that does the import. */
  readonly pod: PodView;
  readonly follow: boolean;
}

/** More than a kubelet keeps in one file, where it is left as it is. */
const limitBytes = 16 * 2 ** 20;
/** More than the clocks of a node and of the controller differ. */
const skewMs = 60_000;

/** What a node's agent has said of one import. It goes on afterwards, and it says other things of other tenants' builds. */
export async function* readImport(reading: ImportReading, context: CommandContext): AsyncGenerator<StageLine> {
  const { build } = reading;
  const follow = reading.follow && !importIsOver(build, build);
  const read = (within: CommandContext) => readLog(selectionOf({ ...reading, follow }), within);
  let said = 0;
  try {
    const lines = follow ? untilOver({ build, isOver: importIsOver }, context, read) : read(context);
    for await (const line of lines) {
      said += 1;
      yield line;
    }
    if (said === 0 && !context.signal.aborted) yield { kind: 'note', text: nothingSaid(build) };
  } catch (thrown) {
    if (!(thrown instanceof PolicyError)) throw thrown;
    yield* importByStatus(build, context, reading.follow);
  }
}

function selectionOf({ build, pod, follow }: ImportReading): Reading {
  const id = orderId(build);
  const since = Date.parse(build.status.stageTimes?.importStarted ?? '') - skewMs;
  return {
    pod,
    container: agentContainer,
    follow,
    shown: (line) => saidOf(id, line),
    isLast: (line) => isEndOf(id, line),
    ...(Number.isFinite(since) ? { sinceTime: `${new Date(since).toISOString().slice(0, 19)}Z` } : {}),
    ...(follow ? {} : { limitBytes }),
  };
}

/** The agent begins each line with the order that it is about, and breaks none. */
function saidOf(id: string, line: string): string | undefined {
  const prefix = `[enbi] ${id}: `;
  return line.startsWith(prefix) ? line.slice(prefix.length) : undefined;
}

/** A cancelled order is begun again when it is listed again. */
function isEndOf(id: string, line: string): boolean {
  const report = parseOrderReport(line);
  return report !== undefined && 'order' in report && report.order === id && report.state === 'done';
}

function nothingSaid(build: NixBuild): string {
  return importIsOver(build, build)
    ? 'is over; the log of the agent has nothing of it any more'
    : 'nothing was said of it yet';
}
