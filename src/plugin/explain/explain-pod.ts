import type { PodView } from '../../cluster-view/pod.ts';
import { decidePod, type PodBecause } from '../../controllers/pods/decide.ts';
import { NewestPods } from '../../controllers/pods/newest-pods.ts';
import { reconcilePod } from '../../controllers/pods/reconcile.ts';
import { keyOf } from '../../runtime/kube-object.ts';
import type { Plan } from '../../runtime/plan.ts';
import { printPlan } from '../../runtime/print-plan.ts';
import { ageText } from '../age.ts';
import type { CommandContext } from '../command-context.ts';
import { buildsOfPod, type FoundPod } from '../find-target.ts';
import { afterCorrection, type Made } from './after-correction.ts';
import { containerTexts } from './describe-pod.ts';
import { eventsAbout, lastOf } from './events.ts';
import { type Explaining, explainBuild } from './explain-build.ts';
import type { Explanation, Fact, RuleText } from './explanation.ts';
import { type Maker, makerOf, makerText } from './maker.ts';
import { ownWord } from './own-word.ts';
import { podRules } from './pod-rules.ts';
import type { Part, Snapshot } from './snapshot.ts';
import { type Why, whyItWaits } from './why-it-waits.ts';

const needed: readonly Part[] = ['builds', 'nodes'];

/** The Pod, and every NixBuild that makes an image of it. */
export async function explainPod({ pod, raw }: FoundPod, explaining: Explaining): Promise<Explanation> {
  const { context, snapshot } = explaining;
  const plan = planOf(pod, snapshot);
  const [events, builds, maker] = await Promise.all([
    eventsAbout(context, { kind: 'Pod', name: pod.metadata.name }),
    buildsOfPod(pod, context),
    makerOf(raw, context),
  ]);
  const isKnown = knowsAll(snapshot) || plan?.because !== 'NodeUnknown';
  const word = ownWord(pod, plan, events ?? []);
  const explained = await Promise.all(builds.map((build) => explainBuild(build, explaining)));
  return {
    kind: 'Pod',
    namespace: context.namespace,
    name: pod.metadata.name,
    phase: pod.phase,
    ...(plan === undefined || !isKnown ? {} : { rule: ruleOf(plan, word !== undefined) }),
    ...corrected(whyItWaits({ pod, raw }, { plan, builds: explained, word }, context), { pod: raw, maker }, context),
    facts: factsOf(pod, maker, context.clock.now()),
    containers: containerTexts(pod, raw),
    jobs: [],
    waitingPods: [],
    events: lastOf(events, pod.metadata.uid),
    builds: explained,
    notes: [
      ...(isKnown
        ? []
        : ['without these rights, which tenants seldom have, what the controller does next cannot be worked out here']),
      ...(events === undefined ? ['you may not list events'] : []),
    ],
  };
}

function corrected(why: Why, made: Made, context: CommandContext): Why {
  const reason = afterCorrection(why.reason, made, context);
  return { ...(reason === undefined ? {} : { reason }), warnings: why.warnings };
}

/** Without nodes or builds, what the Pod alone says: whether it asks for an image, and what is wrong with its annotations. */
function planOf(pod: PodView, snapshot: Snapshot): Plan<PodBecause> | undefined {
  const { stores } = snapshot;
  if (knowsAll(snapshot))
    return reconcilePod(
      keyOf(pod.metadata),
      [],
      { ...stores, newest: new NewestPods(stores.pods) },
      { buildAhead: false },
    );
  const nothing = {
    builds: [],
    onNodes: new Set<string>(),
    isBuiltHere: () => false,
    newest: () => undefined,
    refusals: [],
  };
  return decidePod({ pod, node: undefined, ...nothing });
}

function knowsAll({ missing }: Snapshot): boolean {
  return !needed.some((part) => missing.has(part));
}

/** The controller remembers what it was refused, and goes by it. */
function ruleOf(plan: Plan<PodBecause>, isRefused: boolean): RuleText {
  const because = isRefused && plan.actions.length > 0 ? 'WriteWasRefused' : plan.because;
  return { because, plan: printPlan({ ...plan, because }), meaning: podRules[because] };
}

function factsOf(
  { metadata, nodeName, reason, message, unschedulable }: PodView,
  maker: Maker | undefined,
  now: Date,
): readonly Fact[] {
  const facts: readonly Fact[] = [
    ['made by', maker === undefined ? '' : makerText(maker)],
    ['age', ageText(metadata.creationTimestamp ?? '', now)],
    ['node', nodeName ?? 'none yet'],
    ['scheduler', unschedulable],
    ['ended', reason === '' ? '' : `${reason}: ${message}`],
  ];
  return facts.filter(([, text]) => text !== '');
}
