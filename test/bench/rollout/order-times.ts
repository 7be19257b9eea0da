import { label, ordersAnnotation } from '../../../src/api/labels.ts';
import { parseOrderReport } from '../../../src/api/order-report.ts';
import { parseReport } from '../../../src/api/report.ts';
import type { Kubectl } from '../../support/git-server.ts';
import { readTimedLog, turnOf } from './log-times.ts';
import type { Observer } from './observe-cluster.ts';
import { firstTime, type SeenBuild, SeenJob, SeenPod, type Sighting } from './sightings.ts';

/**
 * When each of the three parts of a build was told, began and ended, from `ordered` to `import`: by what the log of each Pod says of
 * the order, since a Pod may have carried out others before.
 */
export async function timesOfOrders(
  kubectl: Kubectl,
  { sightings }: Observer,
  build: SeenBuild,
): Promise<readonly number[]> {
  const { uid, name } = build.metadata;
  const { buildJobName = '', importJobName = '' } = build.status;
  const step = async (container: 'fetch' | 'build') =>
    turnOf(await readTimedLog(kubectl, podOf(sightings, buildJobName), container), {
      begins: (text) => text.startsWith(`[enbi] ${container} begins`),
      ends: (text) => isOf(uid, parseReport(text)?.order),
    });
  const fetch = await step('fetch');
  const built = await step('build');
  const imported = turnOf(await readTimedLog(kubectl, podOf(sightings, importJobName), 'agent'), {
    begins: (text) => isImport(uid, text, 'running'),
    ends: (text) => isImport(uid, text, 'done'),
  });
  const ordered = earliest(jobMade(sightings, uid), told(sightings, uid, 'build'));
  const importOrdered = told(sightings, uid, 'import');
  if (fetch === undefined || built === undefined || imported === undefined)
    throw new Error(`the logs of NixBuild ${name} do not say when each of its parts began and ended`);
  if (ordered === undefined || importOrdered === undefined)
    throw new Error(`it was not seen when the parts of NixBuild ${name} were ordered`);
  const both = Math.max(built.begun, fetch.ended);
  return [
    ordered,
    fetch.begun,
    fetch.ended,
    both,
    built.ended,
    importOrdered,
    Math.max(imported.begun, importOrdered),
    imported.ended,
  ];
}

function isOf(uid: string, order: string | undefined): boolean {
  return order?.startsWith(`${uid}-`) === true;
}

function isImport(uid: string, text: string, state: 'running' | 'done'): boolean {
  const report = parseOrderReport(text);
  return report !== undefined && 'state' in report && report.state === state && isOf(uid, report.order);
}

function podOf(sightings: readonly Sighting[], job: string): SeenPod {
  const pods = sightings.filter(({ kind }) => kind === 'Pod').map(({ object }) => SeenPod.parse(object));
  const found = pods.findLast(({ metadata }) => metadata.labels['batch.kubernetes.io/job-name'] === job);
  if (found === undefined) throw new Error(`no Pod of Job ${JSON.stringify(job)} was seen`);
  return found;
}

function jobMade(sightings: readonly Sighting[], uid: string): number | undefined {
  return firstTime(
    sightings,
    'Job',
    SeenJob,
    ({ metadata: { labels } }) => labels[label.buildUid] === uid && labels[label.component] === 'build',
  );
}

/** When the order stood in the annotation of a Pod. */
function told(sightings: readonly Sighting[], uid: string, what: 'build' | 'import'): number | undefined {
  return firstTime(sightings, 'Pod', SeenPod, ({ metadata: { annotations } }) => {
    const list = annotations[ordersAnnotation];
    if (list === undefined) return false;
    const { orders } = JSON.parse(list) as { orders: readonly { id: string; [what: string]: unknown }[] };
    return orders.some((order) => isOf(uid, order.id) && order[what] !== undefined);
  });
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  return times.filter((time) => time !== undefined).toSorted((one, other) => one - other)[0];
}
