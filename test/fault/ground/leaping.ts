import { InnerLife } from '../controller/inner-life.ts';
import type { Lab } from '../lab.ts';
import { endStateOf } from '../oracles/end-state.ts';
import { scenarioNamed } from '../scenarios/scenarios.ts';
import { BuildRuns } from '../stand-in/build-runs.ts';
import { garbageCollector, namespaces, podCollector } from '../stand-in/garbage.ts';
import { jobs } from '../stand-in/jobs.ts';
import { kubelets } from '../stand-in/kubelet.ts';
import { scheduler } from '../stand-in/scheduler.ts';
import { volumes } from '../stand-in/volumes.ts';
import { LeapingTime } from '../world/leaping-time.ts';
import { freshWorld } from '../world/reset-world.ts';
import type { Ground } from './ground.ts';

/** One world of many: the API server is real, everybody else is played, and time leaps. */
export function leapingGround(lab: Lab, name: string): Ground {
  return {
    lab,
    quietMs: 61_000,
    longestMs: 45 * 60_000,
    agentIdle: 60,
    countsWrites: true,
    scenario: scenarioNamed,
    fresh: () => freshWorld(name, new LeapingTime(), lab),
    roles: (acts) => [volumes, jobs, scheduler, kubelets, garbageCollector, podCollector, namespaces, acts.role],
    runsIn: () => new BuildRuns(),
    startLife: ({ failed, session, ...options }) =>
      new InnerLife({ ...options, session, access: lab.proxy.open(session) }, failed),
    endStateOf,
    tidy: () => Promise.resolve([]),
  };
}
