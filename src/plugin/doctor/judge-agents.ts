import type { Facts, OwnPod } from './facts.ts';
import type { Finding } from './finding.ts';

const check = 'agents';

/** Who loads the images: one for each node that has work. What keeps one from running stands with the other Pods of enbi. */
export function judgeAgents({ pods, controller, enbiNamespace }: Facts): readonly Finding[] {
  if (pods === 'forbidden') return [];
  const agents = pods.filter(({ role, namespace }) => role === 'agent' && namespace === enbiNamespace);
  const known = controller === 'forbidden' ? undefined : controller;
  return [judgeNumber(agents), ...judgeVersions(agents, known?.image), ...judgeStay(known?.settings?.agentIdle)];
}

function judgeNumber({ length }: readonly OwnPod[]): Finding {
  const message =
    length === 0
      ? 'none now: one starts with the first build of a node'
      : `${length} now: each loads the images on its node`;
  return { health: 'OK', check, message };
}

function judgeVersions(agents: readonly OwnPod[], image: string | undefined): readonly Finding[] {
  if (image === undefined) return [];
  const others = agents.filter(({ asks }) => asks !== '' && asks !== image);
  if (others.length === 0) return [];
  const message = `${others.length} with another image than the controller's: each does what it was told, takes nothing more, and ends`;
  return [{ health: 'NOTE', check, message }];
}

function judgeStay(agentIdle: number | 'always' | undefined): readonly Finding[] {
  if (agentIdle !== 0) return [];
  return [
    { health: 'NOTE', check, message: '--agent-idle 0: after a pause, an image waits until an agent has started' },
  ];
}
