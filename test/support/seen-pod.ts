import type { SeenPod } from '../../src/controllers/pods/observe.ts';
import { aNode, aPod } from './builders.ts';

/** A Pod of whose images nothing is known: a test states only what there is. */
export function aSeenPod(given: Partial<SeenPod> = {}): SeenPod {
  const pod = given.pod ?? aPod();
  return {
    pod,
    node: aNode(),
    builds: [],
    onNodes: new Set(),
    isBuiltHere: () => false,
    refusals: [],
    newest: () => pod,
    ...given,
  };
}
