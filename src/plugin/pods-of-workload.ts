import { makerNamed } from '../cluster-view/belonging.ts';
import { listOf, type Raw, rawOf, textMap, textOf } from '../cluster-view/raw.ts';
import { resource } from '../cluster-view/resources.ts';
import type { ResourceType } from '../runtime/kube-client.ts';
import type { CommandContext } from './command-context.ts';
import { readList } from './read-lists.ts';

/** All Pods of a Deployment or the like; undefined when they may not be listed. */
export async function podsOf(
  { kind }: ResourceType,
  workload: Raw,
  context: CommandContext,
): Promise<readonly unknown[] | undefined> {
  const selectors =
    kind === 'CronJob' ? await selectorsOfJobs(workload, context) : [rawOf(rawOf(workload.spec).selector)];
  if (selectors === undefined) return undefined;
  const { client, namespace } = context;
  const lists = await Promise.all(
    selectors.map((selector) => readList(client, resource.pods, { namespace, labelSelector: selectorText(selector) })),
  );
  const found = lists.filter((list) => list !== undefined);
  return found.length < lists.length ? undefined : found.flat();
}

/** Of a CronJob's runs a few are kept, and each has Pods of its own. */
async function selectorsOfJobs({ metadata }: Raw, context: CommandContext): Promise<readonly Raw[] | undefined> {
  const { client, namespace } = context;
  const { uid, name } = rawOf(metadata);
  const jobs = await readList(client, resource.jobs, { namespace });
  return jobs
    ?.map(rawOf)
    .filter((job) => {
      const maker = makerNamed(job);
      return maker?.kind === 'CronJob' && maker.name === name && maker.uid === uid;
    })
    .toSorted((one, other) => madeAt(other).localeCompare(madeAt(one)))
    .slice(0, mostJobs)
    .map((job) => rawOf(rawOf(job.spec).selector));
}

const mostJobs = 10;

function madeAt({ metadata }: Raw): string {
  return textOf(rawOf(metadata).creationTimestamp);
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
function selectorText(selector: Raw): string {
  const labels = Object.entries(textMap(selector.matchLabels)).map(([key, value]) => `${key}=${value}`);
  const expressions = listOf(selector.matchExpressions).map(({ key, operator, values }) => {
    const list = `(${Array.isArray(values) ? values.map(textOf).join(',') : ''})`;
    const texts: Readonly<Record<string, string>> = {
      In: `${textOf(key)} in ${list}`,
      NotIn: `${textOf(key)} notin ${list}`,
      Exists: textOf(key),
      DoesNotExist: `!${textOf(key)}`,
    };
    return texts[textOf(operator)] ?? '';
  });
  return [...labels, ...expressions.filter((text) => text !== '')].join(',');
}
