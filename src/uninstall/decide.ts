import { jobKeyOfPod } from '../cluster-view/belonging.ts';
import { resource } from '../cluster-view/resources.ts';
import { keysOf } from './made-by-enbi.ts';
import { gone, namesOf } from './objects.ts';
import { deployments } from './observe.ts';
import { purgeFailed, storesAreBeingPurged, storesAreToBePurged } from './purge.ts';
import { isLost, isOurOwn, type Rule, type Situation, type Step } from './situation.ts';

/**
 *   controller ► Jobs ► their Pods ► (directories on the nodes) ► claims ► volumes ► NixBuilds ► NixStores ► done
 * The controller first, since it would make everything anew. Pods before claims, and claims before volumes: Kubernetes keeps
 * each for as long as the one before it uses it. NixStores last: they say on which nodes there surely is something.
 */
export const rules: readonly Rule[] = [
  controllerIsThere,
  jobsAreLeft,
  podsAreLeft,
  storesAreToBePurged,
  purgeFailed,
  storesAreBeingPurged,
  claimsAreLeft,
  volumesAreLeft,
  buildsAreLeft,
  storesAreLeft,
  ownJobsAreLeft,
];

export function decideUninstall(situation: Situation): Step {
  for (const rule of rules) {
    const step = rule(situation);
    if (step !== undefined) return step;
  }
  return { say: `nothing of enbi is left but ${remains(situation)}`, actions: [], end: 'done' };
}

function remains(situation: Situation): string {
  const { held } = situation;
  const names = [...held].slice(0, 5).join(', ');
  const more = held.size > 5 ? ` and ${held.size - 5} more` : '';
  const others = held.size === 0 ? '' : `, what others hold and has been deleted (${names}${more})`;
  return `its kinds${others} and the NixBuilds people made${onDisks(situation)}`;
}

function onDisks({ options, left }: Situation): string {
  if (!options.purge)
    return ", and below /var/lib/enbi on the nodes' disks the stores; uninstalling with --purge, also now, removes them";
  return left.size === 0 ? '' : `, and what is below /var/lib/enbi on ${[...left].join(', ')}`;
}

function controllerIsThere({ controller, controllerPods }: Situation): Step | undefined {
  if (controller !== undefined) return gone(deployments, [controller], 'controllers');
  if (controllerPods.length === 0) return undefined;
  return { say: `waiting until the controller ends: ${namesOf(controllerPods)}`, actions: [] };
}

function jobsAreLeft({ jobs, options }: Situation): Step | undefined {
  const others = jobs.filter((job) => !isOurOwn(job, options));
  return gone(resource.jobs, others, 'Jobs');
}

/**
 * Claims are kept while a Pod uses them. A Pod on a node that does not answer ends when the node does, or leaves.
 * An agent takes its pins off before it ends.
 */
function podsAreLeft(situation: Situation): Step | undefined {
  const { jobs, jobPods } = situation;
  const known = keysOf(jobs);
  const left = jobPods.filter((pod) => !known.has(jobKeyOfPod(pod) ?? '') && !isLost(pod, situation));
  if (left.length === 0) return undefined;
  return { say: `waiting until the Pods of enbi's Jobs end: ${namesOf(left)}`, actions: [] };
}

/** What a lost Pod still holds has been deleted and goes with that Pod. */
function claimsAreLeft(situation: Situation): Step | undefined {
  return gone(resource.claims, held(situation, situation.claims), 'claims');
}

function volumesAreLeft(situation: Situation): Step | undefined {
  return gone(resource.volumes, held(situation, situation.volumes), 'volumes');
}

function held<T extends Situation['claims'][number] | Situation['volumes'][number]>(
  situation: Situation,
  objects: readonly T[],
): readonly T[] {
  const lost = situation.jobPods.some((pod) => isLost(pod, situation));
  return lost ? objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined) : objects;
}

function buildsAreLeft({ builds }: Situation): Step | undefined {
  return gone(resource.builds, builds, 'NixBuilds');
}

function storesAreLeft({ stores }: Situation): Step | undefined {
  return gone(resource.stores, stores, 'NixStores');
}

function ownJobsAreLeft(situation: Situation): Step | undefined {
  const step = gone(resource.jobs, situation.jobs, 'Jobs');
  if (step !== undefined) return step;
  const pods = situation.jobPods.filter((pod) => !isLost(pod, situation));
  return pods.length === 0 ? undefined : { say: `waiting until Pods end: ${namesOf(pods)}`, actions: [] };
}
