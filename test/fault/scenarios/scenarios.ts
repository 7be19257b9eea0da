import {
  agentDeleted,
  agentGoesAtOnce,
  agentKilled,
  agentStays,
  importFails,
  logsForbidden,
  nodeDeletedInImport,
  nodeSilentInImport,
  severalImages,
  upgradedInImport,
} from './agents.ts';
import { correctedInBuild } from './corrected.ts';
import { buildDeletedInBuild, buildDeletedInImport, claimDeleted, namespaceDeleted } from './deletions.ts';
import { failingBuild } from './failing-build.ts';
import { firstBuild } from './first-build.ts';
import { handMade } from './hand-made.ts';
import { imageVanished } from './image-vanished.ts';
import { killedBuild } from './killed-build.ts';
import { logKept } from './log-kept.ts';
import { namesTaken } from './names-taken.ts';
import { nodeCordoned, nodeDeleted, nodeLost, nodeNotReady } from './nodes.ts';
import { pushedAndRestarted, pushedLater } from './pushed-later.ts';
import { rollOver } from './roll-over.ts';
import type { Scenario } from './scenario.ts';
import { storesMakeRoom } from './stores-make-room.ts';
import { twoReplicas } from './two-replicas.ts';
import { twoSystems } from './two-systems.ts';

export const scenarios: readonly Scenario[] = [
  firstBuild,
  handMade,
  failingBuild,
  killedBuild,
  pushedLater,
  pushedAndRestarted,
  twoSystems,
  rollOver,
  correctedInBuild,
  namespaceDeleted,
  buildDeletedInBuild,
  buildDeletedInImport,
  claimDeleted,
  nodeDeleted,
  nodeCordoned,
  nodeNotReady,
  nodeLost,
  imageVanished,
  namesTaken,
  storesMakeRoom,
  logKept,
  twoReplicas,
  severalImages,
  agentStays,
  agentGoesAtOnce,
  logsForbidden,
  importFails,
  agentKilled,
  agentDeleted,
  upgradedInImport,
  nodeDeletedInImport,
  nodeSilentInImport,
];

export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) {
    throw new Error(`there is no scenario ${name}; there are ${scenarios.map((scenario) => scenario.name).join(', ')}`);
  }
  return found;
}

const slow: readonly Scenario[] = [
  killedBuild,
  pushedLater,
  claimDeleted,
  nodeDeleted,
  nodeNotReady,
  nodeLost,
  namesTaken,
  logKept,
  agentKilled,
  nodeDeletedInImport,
  nodeSilentInImport,
  logsForbidden,
  importFails,
];

/** Minutes pass in it. */
export function isSlow(name: string): boolean {
  return slow.some((scenario) => scenario.name === name);
}
