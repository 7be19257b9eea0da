import type { NixBuild } from '../../cluster-view/objects.ts';
import { pause } from '../../runtime/clock.ts';
import type { CommandContext } from '../command-context.ts';
import { getBuild } from '../find-build.ts';
import type { StageLine } from './read-log.ts';

/** A part of a build that is done in a Pod which lives on; `now` is undefined when the NixBuild is gone. */
interface Part {
  readonly build: NixBuild;
  readonly isOver: (before: NixBuild, now: NixBuild | undefined) => boolean;
}

const lookAgainMs = 1000;
/** What the Pod has said before the status tells of it is in its log by then. */
const graceMs = 2000;

/** What is read of a log until its part of the build is over: its last line may have gone with the end of a file, or never come. */
export async function* untilOver(
  part: Part,
  context: CommandContext,
  read: (context: CommandContext) => AsyncGenerator<StageLine>,
): AsyncGenerator<StageLine> {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  void endAfter(part, { ...context, signal }, over);
  try {
    yield* read({ ...context, signal });
  } finally {
    over.abort();
  }
}

async function endAfter({ build, isOver }: Part, context: CommandContext, over: AbortController): Promise<void> {
  const { clock, signal } = context;
  while (!signal.aborted) {
    await pause(clock, lookAgainMs, signal);
    const now = await getBuild(build.metadata.name, context).catch(() => build);
    if (isOver(build, now)) break;
  }
  await pause(clock, graceMs, signal);
  over.abort();
}
