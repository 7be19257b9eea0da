import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentImport } from '../../../src/api/agent-order.ts';
import { ImportResult } from '../../../src/api/result.ts';
import { InternalError } from '../../../src/errors.ts';
import type { Run } from './measure.ts';
import type { PodAgent } from './pod-agent.ts';

/** From the order in the list until it is said to be done, by a process that waits for it: Node and the program are loaded already. */
export async function measureOrder(agent: PodAgent, order: AgentImport): Promise<Run> {
  const { pid, lines, waiting } = await atRest(agent);
  const [said, before] = [lines.length, cpuOf(pid).withEnded + cpuOf(waiting).own];
  const peak = new Peak(waiting);
  const started = performance.now();
  const report = await agent.import(order);
  const wallSeconds = (performance.now() - started) / 1000;
  const peakMegabytes = peak.end();
  const output = lines.slice(said).join('\n');
  if (ImportResult.safeParse(report?.result).data?.ok !== true)
    throw new InternalError('CommandFailed', `an import is not done: ${output}`);
  // The process has ended: it is among those of the agent's.
  return { wallSeconds, cpuSeconds: cpuOf(pid).withEnded - before, peakMegabytes, output };
}

/** What is started ahead is there and waits, and no pins are looked for. */
async function atRest(agent: PodAgent) {
  const running = await agent.running();
  let before = Number.NaN;
  for (let attempt = 0; attempt < 600; attempt++) {
    const [waiting, ...others] = running.children;
    const spent = waiting === undefined ? Number.NaN : cpuOf(waiting).own;
    if (waiting !== undefined && others.length === 0 && spent > 0 && spent === before) {
      return { pid: running.pid, lines: running.lines, waiting };
    }
    before = spent;
    await sleep(500);
  }
  throw new InternalError('CommandFailed', `an agent never comes to rest:\n${running.lines.join('\n')}`);
}

/** Seconds of user and system time (proc(5), in hundredths), alone and with all of its own processes that have ended. */
function cpuOf(pid: number): { readonly own: number; readonly withEnded: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [own, ended] = [11, 13].map((at) => {
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(at, at + 2);
    return (Number(user) + Number(system)) / 100;
  });
  return { own: own ?? 0, withEnded: (own ?? 0) + (ended ?? 0) };
}

/** The most memory of a process that somebody else ends. */
class Peak {
  #kibibytes = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#timer = setInterval(() => this.#look(pid), 5);
  }

  end(): number {
    clearInterval(this.#timer);
    return (this.#kibibytes * 1024) / 1e6;
  }

  #look(pid: number): void {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      this.#kibibytes = Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? this.#kibibytes);
    } catch {
      // It has ended.
    }
  }
}
