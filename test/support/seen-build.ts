import type { SeenBuild, SeenJob } from '../../src/controllers/builds/observe.ts';
import { aBuild } from './builders.ts';

export const noJob: SeenJob = { job: undefined, pod: undefined, said: new Map(), trouble: '' };

/** A NixBuild beside which there is nothing: a test states only what there is. */
export function aSeenBuild(given: Partial<SeenBuild> = {}): SeenBuild {
  return {
    build: aBuild(),
    namespace: undefined,
    node: undefined,
    store: undefined,
    foreignStore: undefined,
    scopedStores: 0,
    jobs: [],
    runningJobs: [],
    keptJobs: [],
    importsOfNamespace: 0,
    outdatedImports: [],
    pins: [],
    waiting: [],
    successor: undefined,
    refusals: [],
    history: undefined,
    place: undefined,
    lacking: [],
    nameIsTaken: false,
    buildJob: noJob,
    importJob: noJob,
    ...given,
  };
}
