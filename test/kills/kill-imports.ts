import { ImportResult } from '../../src/api/result.ts';
import { Random } from '../hostile/random.ts';
import { finalFlaw, leftovers, visibleFlaw } from './checks.ts';
import type { Passed, Point } from './counting-proxy.ts';
import type { OrderedImage, Place } from './place.ts';

export interface Kills {
  /** How many were killed before the import had ended; the others had ended by the point. */
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

/** What dies: an agent's processes, or the agent, with which they die. */
const victims = ['processes', 'agent'] as const;
type Victim = (typeof victims)[number];

/**
 * Imports images, each a new one and every other one unpacking, and kills the import's process, or its agent, at a point drawn over all it sends; then orders it
 * again, until it ends by itself. Half the points are drawn over bytes, half over chunks: most bytes are layers', most steps are not.
 */
export async function killImports(place: Place, { points, seed, report }: KillOptions): Promise<Kills> {
  const whole = await undisturbed(place);
  report(`an import sends ${whole.bytes} bytes in ${whole.chunks} chunks`);
  const findings: string[] = [];
  let killed = 0;
  for (let at = 0; at < points; at++) {
    const random = new Random(seed + at);
    const point = drawPoint(random, whole);
    const victim = random.pick(victims);
    const image = await place.order({ unpack: at % 2 === 1 });
    let sent = 0;
    const about = `seed ${seed + at}, ${victim} killed after ${point.at} ${point.unit}`;
    const add = (flaw: string) => void findings.push(`${about}: ${flaw}`);
    while (await importKilledAt(point, { victim, image, place })) {
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
  const result = await imported(image, place);
  if (result?.ok !== true) throw new Error(`an import that nobody disturbs ends with ${JSON.stringify(result)}`);
  const { passed } = place.proxy;
  const left = await leftovers(image, place);
  if (left.length > 0) throw new Error(`an import that nobody disturbs leaves ${left.join(', ')}`);
  return passed;
}

/** Undefined: its agent was killed. */
export async function imported(image: OrderedImage, { agent }: Place): Promise<ImportResult | undefined> {
  const report = await agent.import(image.order);
  return report === undefined ? undefined : ImportResult.parse(report.result);
}

interface Killing {
  readonly victim: Victim;
  readonly image: OrderedImage;
  readonly place: Place;
}

/** False: it had ended before the point. */
async function importKilledAt(point: Point, { victim, image, place }: Killing): Promise<boolean> {
  const agent = await place.agent.running();
  place.proxy.arm(point, () => {
    for (const pid of victim === 'agent' ? [agent.pid] : agent.children) process.kill(pid, 'SIGKILL');
  });
  const result = await imported(image, place);
  if (result === undefined || result.ok) return result === undefined;
  if (!result.message.includes('killed from outside')) throw new Error(`an import ends with ${JSON.stringify(result)}`);
  return true;
}

async function goesOn(
  image: OrderedImage,
  place: Place,
  { sent, unpack }: { sent: number; unpack: boolean },
): Promise<string[]> {
  place.proxy.arm(undefined, () => {});
  const result = await imported(image, place);
  if (result?.ok !== true) return [`ordered again, it ends with ${JSON.stringify(result)}`];
  const all = sent + place.proxy.passed.bytes;
  const flaw = await finalFlaw(image, place, unpack);
  const most = 2 * image.sizeBytes;
  return [
    ...(flaw === undefined ? [] : [flaw]),
    ...(all > most ? [`${all} bytes were sent, more than twice the ${image.sizeBytes} of the image`] : []),
    ...(await leftovers(image, place)).map((left) => `left behind: ${left}`),
  ];
}
