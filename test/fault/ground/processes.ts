import { ProcessLife } from '../controller/process-life.ts';
import type { Lab } from '../lab.ts';
import { realTime } from '../world/real-time.ts';
import { freshWorld } from '../world/reset-world.ts';
import type { Ground } from './ground.ts';
import { leapingGround } from './leaping.ts';

/** The same world in real time: controllers are processes of their own. What there is no doubt about, and slow. */
export function processGround(lab: Lab, name: string): Ground {
  return {
    ...leapingGround(lab, name),
    // Nobody has the patience for a minute.
    quietMs: 6000,
    longestMs: 10 * 60_000,
    fresh: () => freshWorld(name, realTime, lab),
    startLife: ({ failed, session, world, instance, elects, jobTtlSeconds }) => {
      const flags = ['--image', 'enbi.hrzn.ee/enbi:0.1.0', '--leader-elect', String(elects)];
      const options = { ...lab, server: lab.proxy.open(session).server, instance, jobTtlSeconds, flags };
      return new ProcessLife(world, session, options, failed);
    },
  };
}
