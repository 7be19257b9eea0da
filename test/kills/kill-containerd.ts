import { Random } from '../hostile/random.ts';
import { finalFlaw, leftovers } from './checks.ts';
import { type KillOptions, type Kills, undisturbed } from './kill-imports.ts';
import { ended, type Place } from './place.ts';

/** Imports images and kills containerd at a point of each; the same process must go on when it is back, and end well. */
export async function killContainerd(place: Place, { points, seed, report }: KillOptions): Promise<Kills> {
  const whole = await undisturbed(place);
  const findings: string[] = [];
  let killed = 0;
  for (let at = 0; at < points; at++) {
    const random = new Random(seed + at);
    const unit = random.pick(['bytes', 'chunks'] as const);
    const point = { unit, at: 1 + random.below(whole[unit]) };
    const image = await place.order();
    let restarted: Promise<void> | undefined;
    place.proxy.arm(point, () => {
      killed += 1;
      restarted = place.daemon.restart();
    });
    const { how, said } = await ended(place.importer());
    await restarted;
    const flaw = how === 0 ? await finalFlaw(image, place, true) : `the import ends with ${how}: ${said}`;
    const left = how === 0 ? await leftovers(image, place) : [];
    const flaws = [...(flaw === undefined ? [] : [flaw]), ...left.map((one) => `left behind: ${one}`)];
    findings.push(...flaws.map((one) => `seed ${seed + at}, containerd killed after ${point.at} ${unit}: ${one}`));
    if ((at + 1) % 10 === 0) report(`${at + 1} points, ${killed} restarts, ${findings.length} findings`);
  }
  return { killed, findings };
}
