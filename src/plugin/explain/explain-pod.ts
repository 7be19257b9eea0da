import type { PodView } from '../../cluster-view/pod.ts';
import { reconcilePod } from '../../controllers/pods/reconcile.ts';
import { keyOf } from '../../runtime/kube-object.ts';
import { printPlan } from '../../runtime/print-plan.ts';
import { buildsOfPod } from '../find-target.ts';
import { containerTexts } from './describe-pod.ts';
import { recentEvents } from './events.ts';
import { type Explaining, explainBuild } from './explain-build.ts';
import type { Explanation, Fact } from './explanation.ts';
import { podRules } from './pod-rules.ts';
import type { Part } from './snapshot.ts';
import { whyItWaits } from './why-it-waits.ts';

const needed: readonly Part[] = ['builds', 'nodes'];

/** The Pod, and every NixBuild that makes an image of it. */
export async function explainPod(pod: PodView, explaining: Explaining): Promise<Explanation> {
  const { context, snapshot } = explaining;
  const isKnown = !needed.some((part) => snapshot.missing.has(part));
  const plan = isKnown ? reconcilePod(keyOf(pod.metadata), [], snapshot.stores) : undefined;
  const [events, builds] = await Promise.all([
    recentEvents(context, { kind: 'Pod', name: pod.metadata.name }),
    buildsOfPod(pod, context),
  ]);
  const explained = await Promise.all(builds.map((build) => explainBuild(build, explaining)));
  return {
    kind: 'Pod',
    namespace: context.namespace,
    name: pod.metadata.name,
    phase: pod.phase,
    ...(plan === undefined
      ? {}
      : { rule: { because: plan.because, plan: printPlan(plan), meaning: podRules[plan.because] } }),
    ...whyItWaits(pod, { plan, builds: explained }, context),
    facts: factsOf(pod),
    containers: containerTexts(pod),
    jobs: [],
    waitingPods: [],
    events: events ?? [],
    builds: explained,
    notes: [
      ...(isKnown
        ? []
        : ['without these rights, which tenants seldom have, what the controller does next cannot be worked out here']),
      ...(events === undefined ? ['you may not list events'] : []),
    ],
  };
}

function factsOf({ nodeName, reason, message, unschedulable }: PodView): readonly Fact[] {
  const facts: readonly Fact[] = [
    ['node', nodeName ?? 'none yet'],
    ['scheduler', unschedulable],
    ['ended', reason === '' ? '' : `${reason}: ${message}`],
  ];
  return facts.filter(([, text]) => text !== '');
}
