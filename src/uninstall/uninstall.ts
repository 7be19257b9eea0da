import { manager } from '../api/labels.ts';
import { resource } from '../cluster-view/resources.ts';
import { TransientError } from '../errors.ts';
import { applyPlan } from '../runtime/apply.ts';
import { type Clock, pause } from '../runtime/clock.ts';
import type { KubeClient } from '../runtime/kube-client.ts';
import { decideUninstall } from './decide.ts';
import { heldObjects, withoutHeld } from './held.ts';
import { deployments, observeRemains } from './observe.ts';
import { endedPurges, unreachable } from './purge.ts';
import type { Disks, Step, UninstallOptions } from './situation.ts';

export interface UninstallDeps {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly say: (line: string) => void;
  readonly options: UninstallOptions;
  readonly timeoutMs: number;
}

const lookAgainMs = 1000;

/**
 * Removes all that enbi made, until nothing is left. Nothing is remembered: it may be ended at any moment and begun again. False
 * when something could not be removed; what that was has been said.
 */
export async function uninstall(deps: UninstallDeps, signal: AbortSignal): Promise<boolean> {
  const { clock, say } = deps;
  const deadline = clock.now().getTime() + deps.timeoutMs;
  const disks = { dealtWith: new Set<string>(), left: new Set<string>(), held: new Set<string>() };
  for (let last = ''; ; ) {
    const step = await takeStep(deps, disks);
    if (step.say !== last) say(step.say);
    last = step.say;
    if (step.end !== undefined) return step.end === 'done';
    if (clock.now().getTime() >= deadline || signal.aborted) {
      say(`gave up after ${deps.timeoutMs / 1000} s while ${last}; what is gone stays gone, uninstall again to go on`);
      return false;
    }
    if (step.actions.length === 0) await pause(clock, lookAgainMs, signal);
  }
}

/** An API server that is busy is asked again at the next look. */
async function takeStep(deps: UninstallDeps, disks: KnownDisks): Promise<Step> {
  try {
    return await lookAndAct(deps, disks);
  } catch (thrown) {
    if (!(thrown instanceof TransientError)) throw thrown;
    return { say: `trying again: ${thrown.message}`, actions: [] };
  }
}

type KnownDisks = { readonly [Fact in keyof Disks]: Set<string> };

async function lookAndAct({ client, clock, say, options }: UninstallDeps, disks: KnownDisks): Promise<Step> {
  const remains = await observeRemains(client, options.namespace);
  for (const object of heldObjects(remains, clock.now())) {
    if (!disks.held.has(object)) say(`${object} is deleted and stays: a finalizer, or a Pod that uses it, holds it`);
    disks.held.add(object);
  }
  const situation = { ...withoutHeld(remains, clock.now()), ...disks, options };
  const leave = (node: string, why: string) => {
    if (!disks.left.has(node)) say(`node ${node} ${why}: what is below /var/lib/enbi there stays`);
    disks.left.add(node);
  };
  for (const node of unreachable(situation)) leave(node, 'is not ready');
  for (const { node, why } of endedPurges(situation)) {
    if (why !== undefined) leave(node, `does not run the removal${why}`);
    disks.dealtWith.add(node);
  }
  const step = decideUninstall(situation);
  const resourceTypes = [...Object.values(resource), deployments];
  const writing = { client, resourceTypes, stores: [], events: noEvents, fieldManager: manager };
  await applyPlan({ because: step.say, actions: step.actions }, writing);
  return step;
}

const noEvents = { emit: () => Promise.resolve() };
