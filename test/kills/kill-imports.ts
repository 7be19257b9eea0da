import { Random } from '../hostile/random.ts';
import { finalFlaw, leftovers, visibleFlaw } from './checks.ts';
import type { Passed, Point } from './counting-proxy.ts';
import { ended, type OrderedImage, type Place } from './place.ts';

export interface Kills {
  /** How many imports were killed before they had ended; the others had ended by the point. */
  readonly killed: number;
  readonly findings: readonly string[];
}

export interface KillOptions {
  readonly points: number;
  readonly seed: number;
  readonly report: (line: string) => void;
}

/** Every so many points the image is also made into a container's root. */
const unpackEvery = 10;

/**
 * Imports images, each a new one and every other one unpacking, and kills the process at a point drawn over all it sends; then runs it again, until it ends by
 * itself. Half the points are drawn over bytes, half over chunks: most bytes are layers', most steps are not.
 */
export async function killImports(place: Place, { points, seed, report }: KillOptions): Promise<Kills> {
  const whole = await undisturbed(place);
  report(`an import sends ${whole.bytes} bytes in ${whole.chunks} chunks`);
  const findings: string[] = [];
  let killed = 0;
  for (let at = 0; at < points; at++) {
    const random = new Random(seed + at);
    const point = drawPoint(random, whole);
    const image = await place.order({ unpack: at % 2 === 1 });
    let sent = 0;
    const about = `seed ${seed + at}, killed after ${point.at} ${point.unit}`;
    const add = (flaw: string) => void findings.push(`${about}: ${flaw}`);
    while (await importKilledAt(point, place)) {
      killed += 1;
      sent += place.proxy.passed.bytes;
      const flaw = await visibleFlaw(image, place);
      if (flaw !== undefined) add(flaw);
      if (!random.chance(0.25)) break;
    }
    for (const flaw of await goesOn(image, place, { sent, unpack: at % unpackEvery === 0 })) add(flaw);
    if ((at + 1) % 100 === 0) report(`${at + 1} points, ${killed} kills, ${findings.length} findings`);
  }
  return { killed, findings };
}

function drawPoint(random: Random, whole: Passed): Point {
  const unit = random.pick(['bytes', 'chunks'] as const);
  return { unit, at: 1 + random.below(whole[unit]) };
}

export async function undisturbed(place: Place): Promise<Passed> {
  const image = await place.order();
  place.proxy.arm(undefined, () => {});
  const { how, said } = await ended(place.importer());
  if (how !== 0) throw new Error(`an import that nobody disturbs ends with ${how}: ${said}`);
  const { passed } = place.proxy;
  const left = await leftovers(image, place);
  if (left.length > 0) throw new Error(`an import that nobody disturbs leaves ${left.join(', ')}`);
  return passed;
}

/** False: it had ended before the point. */
async function importKilledAt(point: Point, place: Place): Promise<boolean> {
  const importer = place.importer();
  place.proxy.arm(point, () => importer.kill('SIGKILL'));
  return (await ended(importer)).how === 'SIGKILL';
}

async function goesOn(
  image: OrderedImage,
  place: Place,
  { sent, unpack }: { sent: number; unpack: boolean },
): Promise<string[]> {
  place.proxy.arm(undefined, () => {});
  const { how, said } = await ended(place.importer());
  if (how !== 0) return [`run again, it ends with ${how}: ${said}`];
  const all = sent + place.proxy.passed.bytes;
  const flaw = await finalFlaw(image, place, unpack);
  const most = 2 * image.sizeBytes;
  return [
    ...(flaw === undefined ? [] : [flaw]),
    ...(all > most ? [`${all} bytes were sent, more than twice the ${image.sizeBytes} of the image`] : []),
    ...(await leftovers(image, place)).map((left) => `left behind: ${left}`),
  ];
}
