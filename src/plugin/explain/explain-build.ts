import { podAnnotation } from '../../api/labels.ts';
import type { JobView, NixBuild } from '../../cluster-view/objects.ts';
import type { PodView } from '../../cluster-view/pod.ts';
import { readTroubleOf } from '../../cluster-view/pod-trouble.ts';
import { listOf, rawOf, textOf } from '../../cluster-view/raw.ts';
import { stuckReason } from '../../cluster-view/stuck.ts';
import { Admission } from '../../controllers/builds/admission.ts';
import { decideBuild } from '../../controllers/builds/decide.ts';
import { NameClaims } from '../../controllers/builds/name-claims.ts';
import { observeBuild, type SeenBuild } from '../../controllers/builds/observe.ts';
import type { BuildSettings } from '../../controllers/builds/settings.ts';
import { noOrderReports } from '../../mailbox/order-reports.ts';
import { keyOf } from '../../runtime/kube-object.ts';
import type { Plan } from '../../runtime/plan.ts';
import { printPlan } from '../../runtime/print-plan.ts';
import { ageText } from '../age.ts';
import type { CommandContext } from '../command-context.ts';
import { keptText } from '../logs/kept-until.ts';
import { containerTexts } from './describe-pod.ts';
import { eventsAbout, lastOf } from './events.ts';
import type { Explanation, Fact, JobText } from './explanation.ts';
import type { Names } from './fill-names.ts';
import { reasonText } from './reason-text.ts';
import type { Part, Snapshot } from './snapshot.ts';

export interface Explaining {
  readonly context: CommandContext;
  readonly snapshot: Snapshot;
  readonly settings: BuildSettings;
}

/** The controller's own observation and decision, on what whoever asks may see. */
export async function explainBuild(build: NixBuild, explaining: Explaining): Promise<Explanation> {
  const { context, snapshot, settings } = explaining;
  const { namespace, enbiNamespace, clock } = context;
  // What the controller has heard it has acted on, and the progress it has written down.
  const reports = { of: () => ({ progress: build.status.progress ?? '' }) };
  const { stores } = snapshot;
  const admission = new Admission(stores, settings, { clock, look: () => undefined });
  const names = new NameClaims(stores);
  const seen = await observeBuild(keyOf(build.metadata), {
    stores,
    admission,
    names,
    enbiNamespace,
    reports,
    orderReports: noOrderReports,
    agentRefusals: () => [],
    builderRefusals: () => [],
    settings,
    readTrouble: (podOrJob) => readTroubleOf(context.client, podOrJob).catch(() => undefined),
    // Only the controller knows them; it writes them into the conditions.
    refusals: [],
    now: clock.now(),
  });
  const lacking = needs(build).filter((part) => snapshot.missing.has(part));
  const plan = seen === undefined || lacking.length > 0 ? undefined : decideBuild(seen, clock.now(), settings);
  const events = await eventsAbout(context, { kind: 'NixBuild', name: build.metadata.name });
  return {
    kind: 'NixBuild',
    namespace,
    name: build.metadata.name,
    phase: build.status.status ?? 'Pending',
    ...(plan === undefined ? {} : { rule: { because: plan.because, plan: printPlan(plan) } }),
    ...reasonOf(build, plan, context),
    warnings: [],
    ...(build.status.failure === undefined ? {} : { failure: build.status.failure }),
    facts: [...factsOf(build, seen, clock.now()), ...logFact(build, seen, context)],
    containers: [],
    jobs: seen === undefined ? [] : jobTexts(seen),
    waitingPods: seen?.waiting.map(({ metadata }) => metadata.name) ?? [],
    events: lastOf(events, build.metadata.uid),
    builds: [],
    notes: [
      ...(lacking.length === 0
        ? []
        : ['without these rights, which tenants seldom have, what the controller does next cannot be worked out here']),
      ...(events === undefined ? ['you may not list events'] : []),
    ],
  };
}

/** What the rules of a phase look at. */
function needs({ status }: NixBuild): readonly Part[] {
  const always: readonly Part[] = ['nodes', 'stores', 'namespaces', 'jobs', 'jobPods', 'pods'];
  return status.status === 'Importing' ? [...always, 'importJobs', 'importPods'] : always;
}

/** What the controller has said, or will say at its next look. */
function reasonOf(build: NixBuild, plan: Plan | undefined, context: CommandContext): Pick<Explanation, 'reason'> {
  const { failure, conditions } = build.status;
  const told = listOf(rawOf(plan?.status?.status).conditions).find(({ type }) => type === 'Ready');
  const ready = told ?? conditions?.find(({ type }) => type === 'Ready');
  const name = failure?.reason ?? textOf(ready?.reason);
  if (name === '') return {};
  const message = failure?.message ?? textOf(ready?.message);
  return { reason: { name, message, ...reasonText(context.embedded.reasonsPage, name, namesOfBuild(build, context)) } };
}

function namesOfBuild({ metadata, spec, status }: NixBuild, { self, flags }: CommandContext): Names {
  const secretName = metadata.annotations?.[podAnnotation.secretName];
  return { self, flags, build: metadata.name, spec, secretName, status };
}

function factsOf({ metadata, spec, status }: NixBuild, seen: SeenBuild | undefined, now: Date): readonly Fact[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['image', spec.imageTag],
    ['flake', `${spec.packageName} of ${spec.flakeUrl} for ${spec.system}`],
    ['locked', status.lockedUrl],
    ['controller', controllerText(status)],
    ['progress', status.progress],
    ['age', ageText(metadata.creationTimestamp ?? '', now)],
    ['attempts', attemptsText(status, now)],
    ['node', nodeText(status.buildNode, seen)],
    ['store', storeText(status.storeName, seen)],
    ['isolation', status.isolation],
    ['loaded on', status.nodes?.join(', ')],
  ];
  return facts.filter((fact): fact is Fact => (fact[1] ?? '') !== '');
}

function logFact(build: NixBuild, seen: SeenBuild | undefined, { self, clock }: CommandContext): readonly Fact[] {
  const kept = seen?.buildJob.job === undefined ? undefined : keptText(build, clock.now());
  return kept === undefined ? [] : [['log', `${kept}: ${self} logs ${build.metadata.name}`]];
}

/** What it last said, where that is not the reason that is printed anyway. */
function controllerText({ conditions, failure }: NixBuild['status']): string | undefined {
  const ready = conditions?.find(({ type }) => type === 'Ready');
  if (ready === undefined) return 'has not looked at it yet';
  return failure === undefined || failure.reason === ready.reason ? undefined : `${ready.reason}: ${ready.message}`;
}

function attemptsText({ attempts = 0, nextAttemptTime }: NixBuild['status'], now: Date): string {
  if (nextAttemptTime === undefined) return String(attempts);
  const seconds = Math.max(0, Math.ceil((Date.parse(nextAttemptTime) - now.getTime()) / 1000));
  return `${attempts}, the next ${seconds === 0 ? 'at once' : `in ${seconds}s`} (${nextAttemptTime})`;
}

function nodeText(name: string | undefined, seen: SeenBuild | undefined): string | undefined {
  if (name === undefined || seen?.node === undefined) return name;
  const { ready, unschedulable } = seen.node;
  return `${name}${ready ? '' : ', not ready'}${unschedulable ? ', cordoned' : ''}`;
}

function storeText(name: string | undefined, seen: SeenBuild | undefined): string | undefined {
  const status = seen?.store?.status;
  if (name === undefined || status === undefined) return name;
  const message = status.conditions?.find(({ type }) => type === 'Ready')?.message;
  const state = status.ready === 'True' ? 'ready' : `not ready${message === undefined ? '' : `: ${message}`}`;
  return `${name}, ${state}${status.free === undefined ? '' : `, ${status.free} free`}`;
}

/** A builder stays for others: it is shown as long as the build names it. */
function jobTexts({ build, buildJob, agent }: SeenBuild): readonly JobText[] {
  const ofImport = build.status.status === 'Importing' ? [agent] : [];
  return [buildJob, ...ofImport].flatMap(({ job, pod }) => (job === undefined ? [] : [jobText(job, pod)]));
}

function jobText(job: JobView, pod: PodView | undefined): JobText {
  const { namespace = '', name } = job.metadata;
  if (pod !== undefined) {
    const stuck = pod.phase === 'Pending' ? stuckReason(pod) : undefined;
    return { namespace, name, pod: pod.metadata.name, stuck, containers: containerTexts(pod) };
  }
  const failed = job.failed === undefined ? undefined : `the Job failed: ${job.failed.reason}: ${job.failed.message}`;
  return { namespace, name, pod: undefined, stuck: failed ?? stuckReason(undefined), containers: [] };
}
