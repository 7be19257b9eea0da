import { waitsForImage } from '../../cluster-view/container.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import type { PodBecause } from '../../controllers/pods/decide.ts';
import type { Plan } from '../../runtime/plan.ts';
import type { CommandContext } from '../command-context.ts';
import type { FoundPod } from '../find-target.ts';
import type { Explanation, ReasonTold, Told } from './explanation.ts';
import { reasonText } from './reason-text.ts';
import { runTrouble } from './run-trouble.ts';

export type Why = Pick<Explanation, 'reason' | 'warnings'>;

interface Known {
  readonly plan: Plan<PodBecause> | undefined;
  readonly builds: readonly Explanation[];
  /** What the controller itself has told the Pod, where the rules do not say it. */
  readonly word: Told | undefined;
}

/**
 * What keeps a Pod from running, alone: a wrong annotation without which nothing is built, else what became of its NixBuild, else
 * what the controller has to say besides, else what its containers do with their images. All the rest are warnings.
 */
export function whyItWaits({ pod, raw }: FoundPod, { plan, builds, word }: Known, context: CommandContext): Why {
  const told = toldBy(plan);
  const ofAnnotations = told.filter(({ name }) => !isOfBuild(name));
  const fatal = ofAnnotations.find(({ name }) => !isHarmless(name));
  const ofBuild = fatal === undefined && pod.containers.some(waitsForImage) ? reasonOfBuild(builds) : undefined;
  const trouble = runTrouble(raw, context);
  // What merely says nothing is no reason while a container does not run for one of its own.
  const others = [told.find(({ name }) => isOfBuild(name)), word, trouble === undefined ? ofAnnotations[0] : undefined];
  const own = fatal ?? (ofBuild === undefined ? others.find((each) => each !== undefined) : undefined);
  const reason =
    ofBuild ?? (own === undefined ? trouble : withText(own, pod, { ...context, hasBuild: builds.length > 0 }));
  const warnings = besides(ofAnnotations, plan, word).filter((each) => each !== own);
  return { ...(reason === undefined ? {} : { reason }), warnings };
}

/** Where the rules cannot be worked out, the word may be of a trouble that is over. */
function besides(problems: readonly Told[], plan: Known['plan'], word: Known['word']): readonly Told[] {
  return plan?.because === 'NodeUnknown' || word === undefined ? problems : [...problems, word];
}

/** What the controller would tell the Pod now: a wrong annotation has no other place. */
function toldBy(plan: Known['plan']): readonly Told[] {
  const warnings = plan?.events?.filter(({ type }) => type === 'Warning') ?? [];
  return warnings.map(({ reason, message }) => ({ name: reason, message }));
}

/** Told of the Pod, but nothing about it: the NixBuild says more. */
function isOfBuild(name: string): boolean {
  return name === 'BuildFailed' || name === 'Cancelled';
}

/** The others are followed as if it were not there. */
function isHarmless(name: string): boolean {
  return name === 'UnknownAnnotation';
}

/** Of several the one that has failed: it goes on by itself last. */
function reasonOfBuild(builds: readonly Explanation[]): ReasonTold | undefined {
  const order = ['Failed', 'Cancelled'];
  const open = builds.filter(({ phase, reason }) => phase !== 'Succeeded' && reason !== undefined);
  const first = open.find(({ phase }) => order.includes(phase)) ?? open[0];
  return first?.reason === undefined ? undefined : { ...first.reason, of: first.name };
}

interface TextContext extends CommandContext {
  readonly hasBuild: boolean;
}

function withText(told: Told, pod: PodView, { self, flags, embedded, hasBuild }: TextContext): ReasonTold {
  const names = { self, flags, pod: pod.metadata.name };
  return { ...told, ...reasonText(embedded.reasonsPage, told.name, { ...names, hasNoBuild: !hasBuild }) };
}
