import type { MemoryLog } from '../../../src/runtime/memory-log.ts';
import type { Participant } from '../world/world.ts';

/** A controller from its start to its end. */
export interface ControllerLife extends Participant {
  readonly log: MemoryLog;
  /** From one moment to the next: nothing of it happens any more, wherever it was. */
  end(): void;
}
