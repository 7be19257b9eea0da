import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import { judgeAgents } from './judge-agents.ts';
import { judgeBuilders } from './judge-builders.ts';
import { judgeController, judgeDefinitions, judgePermissions, judgeServer } from './judge-installation.ts';
import { judgeNodes } from './judge-nodes.ts';
import { judgePods } from './judge-pods.ts';
import { judgePolicies } from './judge-policies.ts';
import { judgeRoom } from './judge-room.ts';
import { judgeBuilds, judgeNamespaces, judgeStores } from './judge-work.ts';

/** Pure: from what is there to what is well, what is not, and what to do. From the outside in. */
export function judge(facts: Facts): readonly Finding[] {
  return [
    judgeServer(facts),
    ...judgeDefinitions(facts),
    judgeController(facts),
    ...judgePods(facts),
    ...judgeAgents(facts),
    ...judgeBuilders(facts),
    ...judgePermissions(facts),
    ...judgePolicies(facts),
    ...judgeNodes(facts),
    ...judgeRoom(facts),
    ...judgeStores(facts),
    ...judgeNamespaces(facts),
    judgeBuilds(facts),
  ];
}
