import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Random } from '../hostile/random.ts';
import { finalFlaw, leftovers } from './checks.ts';
import { imported, type KillOptions, type Kills, undisturbed } from './kill-imports.ts';
import type { OrderedImage, Place } from './place.ts';

/**
 * Imports images and kills containerd at a point of each. The same process must go on when it is back, and end well; only one that
 * had no answer yet may say that there is no runtime, and is ordered again, as the controller would.
 */
export async function killContainerd(place: Place, { points, seed, report }: KillOptions): Promise<Kills> {
  const whole = await undisturbed(place);
  const findings: string[] = [];
  let killed = 0;
  for (let at = 0; at < points; at++) {
    const random = new Random(seed + at);
    const unit = random.pick(['bytes', 'chunks'] as const);
    const point = { unit, at: 1 + random.below(whole[unit]) };
    const image = await place.order({ unpack: at % 2 === 1 });
    let restarted: Promise<void> | undefined;
    place.proxy.arm(point, () => {
      killed += 1;
      restarted = place.daemon.restart();
    });
    let result = await imported(image, place);
    await restarted;
    if (result?.ok === false && result.reason === 'SocketNotFound') result = await imported(image, place);
    const isLoaded = result?.ok === true;
    const flaws = isLoaded ? await flawsAfter(image, place) : [`the import ends with ${JSON.stringify(result)}`];
    findings.push(...flaws.map((flaw) => `seed ${seed + at}, containerd killed after ${point.at} ${unit}: ${flaw}`));
    if ((at + 1) % 10 === 0) report(`${at + 1} points, ${killed} restarts, ${findings.length} findings`);
  }
  return { killed, findings };
}

async function flawsAfter(image: OrderedImage, place: Place): Promise<string[]> {
  const flaw = await finalFlaw(image, place, true);
  const left = await leftovers(image, place);
  const serious = await Promise.all(left.map(async (one) => ((await isEmptyWrite(one, place)) ? [] : [one])));
  return [...(flaw === undefined ? [] : [flaw]), ...serious.flat().map((one) => `left behind: ${one}`)];
}

/** containerd makes a write's folder before it notes the write: killed in between, it forgets the folder, in which nothing is yet. */
async function isEmptyWrite(left: string, { daemon }: Place): Promise<boolean> {
  const name = /^begun write ([0-9a-f]{64})$/.exec(left)?.[1];
  if (name === undefined) return false;
  const data = join(daemon.directory, 'root/io.containerd.content.v1.content/ingest', name, 'data');
  return (await stat(data).catch(() => ({ size: 0 }))).size === 0;
}
