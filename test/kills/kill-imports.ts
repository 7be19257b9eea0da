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
  const killed = { processes: 0, agent: 0 };
  for (let at = 0; at < points; at++) {
    const random = new Random(seed + at);
    const point = drawPoint(random, whole);
    const victim = random.pick(victims);
    const image = await place.order({ unpack: at % 2 === 1 });
    const { kills, sent, flaws } = await killAgain(point, { victim, image, place, random });
    killed[victim] += kills;
    flaws.push(...(await goesOn(image, place, { sent, unpack: at % unpackEvery === 0 })));
    findings.push(
      ...flaws.map((flaw) => `seed ${seed + at}, ${victim} killed after ${point.at} ${point.unit}: ${flaw}`),
    );
    if ((at + 1) % 100 === 0 || at + 1 === points) {
      const both = `${killed.processes} times its processes and ${killed.agent} times the agent`;
      report(`${at + 1} points, killed ${both}, ${findings.length} findings`);
    }
  }
  return { killed: killed.processes + killed.agent, findings };
}

interface Killing {
  readonly victim: Victim;
  readonly image: OrderedImage;
  readonly place: Place;
}

/** What was killed may be killed again where it was. */
async function killAgain(point: Point, { random, ...killing }: Killing & { readonly random: Random }) {
  const { image, place } = killing;
  const flaws: string[] = [];
  let [kills, sent] = [0, 0];
  do {
    const result = await importKilledAt(point, killing);
    if (result === 'ended') break;
    if (result !== 'killed') flaws.push(result);
    kills += 1;
    sent += place.proxy.passed.bytes;
    flaws.push(...[await visibleFlaw(image, place)].filter((flaw) => flaw !== undefined));
  } while (random.chance(0.25));
  return { kills, sent, flaws };
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

/** `ended`: before the point. Something else: what it says instead of that it was killed. */
async function importKilledAt(point: Point, { victim, image, place }: Killing): Promise<string> {
  const agent = await place.agent.running();
  place.proxy.arm(point, () => {
    for (const pid of victim === 'agent' ? [agent.pid] : agent.children) process.kill(pid, 'SIGKILL');
  });
  const result = await imported(image, place);
  if (result === undefined) return 'killed';
  if (result.ok) return 'ended';
  return result.message.includes('killed from outside') ? 'killed' : `it ends with ${JSON.stringify(result)}`;
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
