import type { Reason } from '../../api/reasons.ts';
import type { NamespaceView, NixBuild } from '../../cluster-view/objects.ts';
import type { Facts, NamespaceFacts } from './facts.ts';
import { byCommand, type Finding, notAllowed } from './finding.ts';

const gibibyte = 1024 ** 3;
/** A first build of something ordinary takes a few. */
const littleSpace = 5 * gibibyte;

export function judgeStores({ stores, kubectl }: Facts): readonly Finding[] {
  const check = 'stores';
  if (stores === 'forbidden') return [notAllowed(check, 'list NixStores')];
  if (stores.length === 0) return [{ health: 'OK', check, message: 'none yet: the first build makes one' }];
  return stores.map(({ metadata, spec, status }): Finding => {
    const about = metadata.name;
    const whose = spec.scope === undefined ? spec.tenant : `one repository in ${spec.tenant}`;
    const where = `of ${whose} on ${spec.node}`;
    const ready = status.conditions?.find(({ type }) => type === 'Ready');
    if (status.ready !== 'True') {
      const message = `${where} is not ready${ready === undefined ? '' : `: ${ready.reason}: ${ready.message}`}`;
      return { health: 'WARN', check, about, message, ...byCommand(`${kubectl} describe nixstore ${about}`) };
    }
    const { freeBytes } = status;
    if (freeBytes !== undefined && freeBytes < littleSpace) {
      const remedy = `free space on node ${spec.node}: builds there will end with DiskFull`;
      return { health: 'WARN', check, about, message: `${where} has ${gibibytes(freeBytes)} free`, remedy };
    }
    const free = freeBytes === undefined ? '' : `, ${gibibytes(freeBytes)} free`;
    return { health: 'OK', check, about, message: `${where} is ready${free}` };
  });
}

function gibibytes(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`;
}

export function judgeNamespaces({ namespaces, enbiNamespace, kubectl }: Facts): readonly Finding[] {
  return namespaces.map((namespace) =>
    namespace.name === enbiNamespace ? judgeOwn(namespace, kubectl) : judgeTenant(namespace),
  );
}

const podSecurity = 'Pod Security';

function judgeTenant({ name: about, view }: NamespaceFacts): Finding {
  const found = { check: podSecurity, about } as const;
  if (view === 'forbidden') return notAllowed(podSecurity, 'see this namespace', about);
  if (view === undefined) return { ...found, health: 'NOTE', message: 'this namespace does not exist' };
  const isolated = view.podSecurity === 'baseline' || view.podSecurity === 'restricted';
  return { ...found, health: 'OK', message: `${levelOf(view)}${isolated ? ': builds are Unprivileged' : ''}` };
}

function judgeOwn({ name: about, view }: NamespaceFacts, kubectl: string): Finding {
  const found = { check: podSecurity, about } as const;
  if (view === 'forbidden') return notAllowed(podSecurity, 'see this namespace', about);
  if (view === undefined)
    return { ...found, health: 'FAIL', message: 'this namespace of enbi does not exist', remedy: 'install enbi' };
  const level = levelOf(view);
  if (view.podSecurity === 'privileged') return { ...found, health: 'OK', message: level };
  const label = 'pod-security.kubernetes.io/enforce=privileged';
  const remedy = byCommand(`${kubectl} label --overwrite namespace ${about} ${label}`);
  if (view.podSecurity === '') {
    const message = `${level}: agents run if the cluster's default is privileged`;
    return { ...found, health: 'WARN', message, ...remedy };
  }
  const message = `${level} refuses the agents, which mount the node's directories`;
  return { ...found, health: 'FAIL', message, ...remedy };
}

function levelOf(view: NamespaceView): string {
  return view.podSecurity === '' ? 'no level by label' : view.podSecurity;
}

export function judgeBuilds(facts: Facts): Finding {
  const { builds } = facts;
  const check = 'builds';
  if (builds === 'forbidden') return notAllowed(check, 'list NixBuilds of all namespaces');
  const failed = builds.filter(({ status }) => status.status === 'Failed');
  const open = builds.filter(({ status }) => !['Succeeded', 'Failed', 'Cancelled'].includes(status.status ?? ''));
  const heldUp = open.filter((build) => forPeople.has(heldUpFor(build)));
  const waiting = heldUp.length === 0 ? '' : ` (${heldUp.length} of them wait for somebody: ${byReason(heldUp)})`;
  const message = `${builds.length} in all, ${open.length} under way${waiting}, ${failed.length} failed`;
  const wrong = [...heldUp, ...failed];
  if (wrong.length === 0) return { health: 'OK', check, message };
  const why = failed.length === 0 ? '' : `: ${byReason(failed)}`;
  return { health: 'WARN', check, message: `${message}${why}`, ...howToSee(wrong, facts) };
}

/** What a build under way waits for that does not come by itself. */
const forPeople: ReadonlySet<string> = new Set<Reason>([
  'RefusedByCluster',
  'NameTaken',
  'PodRefused',
  'SecretNotFound',
  'EnbiImageMissing',
  'PodNotStarting',
]);

/** As its condition tells; between two attempts, as the last one failed. */
function heldUpFor({ status }: NixBuild): string {
  const told = status.conditions?.find(({ type }) => type === 'Ready')?.reason ?? 'unknown';
  return told === 'Retrying' ? (status.failure?.reason ?? told) : told;
}

function reasonOf(build: NixBuild): string {
  return build.status.status === 'Failed' ? (build.status.failure?.reason ?? 'unknown') : heldUpFor(build);
}

function byReason(wrong: readonly NixBuild[]): string {
  return groupsOf(wrong)
    .map(([reason, builds]) => `${builds.length} ${reason}`)
    .join(', ');
}

/** One of each reason: what helps it most likely helps the others. */
function howToSee(wrong: readonly NixBuild[], { self, kubectl }: Facts): Pick<Finding, 'remedy' | 'commands'> {
  const first = groupsOf(wrong).flatMap(([, [build]]) => (build === undefined ? [] : [build.metadata]));
  const lines = first
    .slice(0, mostShown)
    .map(({ namespace = '', name }) => `${self} --namespace ${namespace} explain nixbuild/${name}`);
  if (wrong.length <= lines.length) return { remedy: lines.join('\n'), commands: lines };
  const all = byCommand(`${kubectl} get nixbuilds --all-namespaces --output wide`, 'all');
  return { remedy: [...lines, all.remedy].join('\n'), commands: [...lines, ...all.commands] };
}

const mostShown = 5;

function groupsOf(wrong: readonly NixBuild[]): [string, NixBuild[]][] {
  const groups = Map.groupBy(wrong, reasonOf);
  return [...groups].toSorted(([, a], [, b]) => b.length - a.length);
}
