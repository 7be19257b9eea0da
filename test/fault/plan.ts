import { z } from 'zod';

/** What may become of a request. */
export const requestFaults = [
  /** The connection is cut before the server has the request. */
  'drop',
  /** The server does it, and the connection is cut before the answer. */
  'cut',
  /** The server gets it five seconds later. */
  'delay',
  /** The server does it at once and answers five seconds later. */
  'late',
  /** The server does it; half of the answer comes. */
  'half',
  '429',
  '500',
  '401',
  /** Of logs: they may not be read. */
  '403',
  /** The server does it and answers that it took too long. */
  '504',
  /** The controller dies before the server has the request, or when the server has done it. */
  'kill-before',
  'kill-after',
] as const;

/** What may become of an event of a watch. */
export const eventFaults = [
  /** The stream ends without it, with it, or in the middle of it. */
  'cut',
  'cut-after',
  'half',
  /** It and all that comes after it on this stream, or on all of them, is held for twenty seconds. */
  'freeze',
  'freeze-all',
  /** It never comes; twenty seconds later the server says that the version is too old. */
  'skip',
  /** The server says so at once: in the stream, or to the next watch. */
  'gone',
  'gone-next',
  /** The stream ends, and the next watch is refused once. */
  '429-next',
  '500-next',
  '401-next',
  /** It comes twice. */
  'twice',
  /** After it comes the object as it was before, and what is true only ten seconds later. */
  'old',
  'kill',
  /** The controller, or all its watches, begin anew with a server whose watches lag ten seconds behind. */
  'kill-lag',
  'lag',
] as const;

/** What may become of a line of a log that is followed. */
export const lineFaults = [
  /** The stream ends without it, with it, or in the middle of it. */
  'cut',
  'cut-after',
  'half',
  /** It and all that comes after it is held for twenty seconds. */
  'freeze',
  /** It never comes. */
  'lost',
  'twice',
  'kill',
] as const;

/** What may become of a list of orders on its way to an agent. */
export const listFaults = [
  /** It is in the file, and nobody tells the agent. */
  'lost',
  /** It comes twenty seconds later. */
  'late',
  /** A second later the list before it is there again, and another second later it. */
  'old',
  /** The agent is killed before it reads it, or somebody deletes its Pod. */
  'kill-agent',
  'evict-agent',
  /** The controller dies, with the order given and not answered. */
  'kill',
] as const;

/** What may happen when an agent prints a line. */
export const wordFaults = [
  /** It is killed before, or after; or somebody deletes its Pod. */
  'kill-agent',
  'kill-agent-after',
  'evict-agent',
  /** All lines before this one are in a file that is gone. */
  'rotate',
  /** The controller dies before it has heard it. */
  'kill',
] as const;

export type AgentFault = (typeof listFaults)[number] | (typeof wordFaults)[number];
export type LineFault = (typeof lineFaults)[number];
export type RequestFault = (typeof requestFaults)[number];
export type EventFault = (typeof eventFaults)[number];

/** The nth time that something happens between the controller and the API server, for example `create jobs`, `watch pods`. */
const Moment = z.object({ moment: z.string(), nth: z.number().int().positive() });
export type Moment = z.infer<typeof Moment>;

const allFaults = new Set([...requestFaults, ...eventFaults, ...lineFaults, ...listFaults, ...wordFaults]);
const Fault = z.object({ at: Moment, does: z.enum([...allFaults]) });
export type Fault = z.infer<typeof Fault>;

/** One run of a scenario and what goes wrong in it. */
export const FaultPlan = z.object({ scenario: z.string(), faults: z.array(Fault) });
export type FaultPlan = z.infer<typeof FaultPlan>;

/** For people and for the names of files: `first-build: kill-after at create jobs 2`. */
export function describePlan({ scenario, faults }: FaultPlan): string {
  if (faults.length === 0) return `${scenario}: undisturbed`;
  return `${scenario}: ${faults.map(({ at, does }) => `${does} at ${at.moment} ${at.nth}`).join(', ')}`;
}
