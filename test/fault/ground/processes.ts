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
    agentIdle: 0,
    fresh: () => freshWorld(name, realTime, lab),
    startLife: ({ failed, session, world, instance, elects, settings }) => {
      const flags = ['--image', settings.image, '--leader-elect', String(elects)];
      const options = { ...lab, server: lab.proxy.open(session).server, instance, settings, flags };
      return new ProcessLife(world, session, options, failed);
    },
  };
}
