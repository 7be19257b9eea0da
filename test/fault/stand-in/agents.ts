import { label, ordersAnnotation } from '../../../src/api/labels.ts';
import { parseOrderReport } from '../../../src/api/order-report.ts';
import { listOf, textOf } from '../../../src/cluster-view/raw.ts';
import { agentContainer } from '../../../src/mailbox/order-reports.ts';
import type { AgentFault } from '../plan.ts';
import { annotationsOf, isGoing, type Live } from '../server/live.ts';
import type { Hands } from '../world/hands.ts';
import type { World } from '../world/world.ts';
import type { Images } from './images.ts';
import { ImportRuns } from './import-runs.ts';
import type { Logs } from './logs.ts';
import { PlayedAgent } from './played-agent.ts';
import { containersOf, nodeOf } from './pods.ts';
import type { Script } from './script.ts';

export interface AgentsOptions {
  readonly world: World;
  readonly hands: Hands;
  readonly script: Script;
  readonly images: Images;
  readonly logs: Logs;
  /** What is to become of a list that comes to an agent, or of a line that it prints. */
  readonly meet: (moment: AgentMoment) => AgentFault | undefined;
  /** The controller dies. */
  readonly killController: () => void;
}

export type AgentMoment = 'agent list' | 'agent line';

interface Played {
  readonly agent: PlayedAgent;
  /** The list that the kubelet has brought, or is about to. */
  list: string;
}

const lateMs = 20_000;

/** All agents of a world, by their Pods, and all imports that they did. */
export class Agents {
  readonly imports = new ImportRuns();
  /** What agents were told that none of them should be. */
  readonly refused: string[] = [];
  /** The most Jobs of agents that one node ever had. */
  mostOfNode = 0;
  readonly #options: AgentsOptions;
  readonly #played = new Map<string, Played>();
  readonly #listeners = new Set<() => void>();

  constructor(options: AgentsOptions) {
    this.#options = options;
    options.world.listen(({ plural }) => {
      if (plural === 'jobs') this.#count();
    });
  }

  /** Called whenever one has said something, or has ended. */
  listen(listener: () => void): void {
    this.#listeners.add(listener);
  }

  of(pod: Live): PlayedAgent | undefined {
    return this.#played.get(pod.metadata.uid)?.agent;
  }

  /** What the kubelet has yet to bring; undefined: the newest list is there. */
  listFor(pod: Live): string | undefined {
    const list = annotationsOf(pod)[ordersAnnotation] ?? '';
    return this.#played.get(pod.metadata.uid)?.list === list ? undefined : list;
  }

  start(pod: Live): void {
    const { world, images, logs, script } = this.#options;
    const { uid } = pod.metadata;
    logs.print(pod, agentContainer, '[enbi] agent begins');
    const agent = new PlayedAgent({
      uid,
      node: nodeOf(pod),
      version: versionOf(pod),
      clock: world.clock,
      images,
      imports: this.imports,
      ending: () => script.ending(pod, 'import'),
      print: (line) => this.#print(pod, line),
      ended: () => this.#tell(),
    });
    this.#played.set(uid, { agent, list: '' });
  }

  bring(pod: Live, list: string): void {
    const played = this.#played.get(pod.metadata.uid);
    if (played === undefined) return;
    const before = played.list;
    played.list = list;
    const fault = this.#options.meet('agent list');
    if (fault === 'late') return this.#later(lateMs, () => played.agent.source.write(played.list));
    if (fault === 'kill-agent' || fault === 'evict-agent' || fault === 'kill') this.#die(fault, pod);
    played.agent.source.write(list, fault === 'lost' ? 'lost' : 'heard');
    if (fault !== 'old') return;
    this.#later(1000, () => played.agent.source.write(before));
    this.#later(2000, () => played.agent.source.write(played.list));
  }

  async stop(pod: Live): Promise<void> {
    await this.of(pod)?.stop();
  }

  /** By force, or with its node. */
  kill(pod: Live): void {
    this.of(pod)?.kill();
  }

  killAll(): void {
    for (const { agent } of this.#played.values()) agent.kill();
  }

  #print(pod: Live, line: string): void {
    const { logs, meet } = this.#options;
    const report = parseOrderReport(line);
    if (report !== undefined && 'list' in report && report.list !== 'read') this.refused.push(line);
    const fault = meet('agent line');
    if (fault === 'rotate') logs.rotate(pod, agentContainer);
    const isBefore = fault === 'kill-agent' || fault === 'evict-agent';
    if (fault !== undefined && isBefore) this.#die(fault, pod);
    if (!isBefore || fault === 'evict-agent') logs.print(pod, agentContainer, line);
    if (fault === 'kill-agent-after' || fault === 'kill') this.#die(fault, pod);
    this.#tell();
  }

  #die(fault: AgentFault, pod: Live): void {
    if (fault === 'kill') this.#options.killController();
    else if (fault === 'evict-agent') void this.#options.hands.remove('pods', pod, { graceful: true });
    else this.kill(pod);
  }

  #later(ms: number, fn: () => void): void {
    const { clock } = this.#options.world;
    clock.setTimer(ms, fn);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
    this.#options.world.noteActivity();
  }

  #count(): void {
    const jobs = this.#options.world.list('jobs').filter((job) => isOfAgent(job) && !isGoing(job));
    const byNode = Map.groupBy(jobs, ({ metadata }) => metadata.labels?.[label.agentOf] ?? '');
    this.mostOfNode = Math.max(this.mostOfNode, ...[...byNode.values()].map(({ length }) => length));
  }
}

export function isOfAgent({ metadata }: Live): boolean {
  return metadata.labels?.[label.agentOf] !== undefined;
}

/** As the controller that made the Pod wrote it there. */
function versionOf(pod: Live): string {
  const [container] = containersOf(pod);
  return textOf(listOf(container?.env).find(({ name }) => name === 'ENBI_VERSION')?.value);
}
