import * as z from 'zod';
import { AgentImport } from '../api/agent-order.ts';

const PinnedName = z.strictObject({ name: z.string(), by: z.string() });
export type PinnedName = z.infer<typeof PinnedName>;

/** What an agent asks of one of its processes. */
export const AgentJob = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('import'), order: AgentImport }),
  /** Which names are pinned by enbi. */
  z.strictObject({ do: z.literal('find pins') }),
  z.strictObject({ do: z.literal('unpin'), pins: z.array(PinnedName) }),
]);
export type AgentJob = z.infer<typeof AgentJob>;

/** Where an agent finds what its orders speak of. */
export const AgentPlaces = z.strictObject({
  /** All stores of the node, read-only, and what imports from each have learnt. */
  stores: z.string(),
  memories: z.string(),
  /** Under which the host's directories with sockets are mounted. */
  host: z.string(),
  /** Undefined: the known places are tried in turn. Absolute, as mounted in the Pod. */
  socket: z.string().optional(),
});
export type AgentPlaces = z.infer<typeof AgentPlaces>;

export const AskedOfChild = z.strictObject({ job: AgentJob, places: AgentPlaces });
export type AskedOfChild = z.infer<typeof AskedOfChild>;

/** What such a process says, one message each. An `answer` ends the job. */
export const Saying = z.union([
  z.strictObject({ progress: z.string() }),
  z.strictObject({ line: z.string() }),
  z.strictObject({ answer: z.unknown() }),
]);
export type Saying = z.infer<typeof Saying>;

export const PinsFound = z.strictObject({ ok: z.literal(true), pins: z.array(PinnedName) });
export type PinsFound = z.infer<typeof PinsFound>;
