import type { NixBuild } from '../../cluster-view/objects.ts';
import { pause } from '../../runtime/clock.ts';
import type { CommandContext } from '../command-context.ts';
import { getBuild } from '../find-build.ts';
import { importIsOver } from './import-is-over.ts';
import type { StageLine } from './read-log.ts';

const lookAgainMs = 1000;

/** For whoever may not read the agent's log, as tenants may not: why, who may, and all that the NixBuild itself tells. */
export async function* importByStatus(
  build: NixBuild,
  context: CommandContext,
  follow: boolean,
): AsyncGenerator<StageLine> {
  yield note(withoutRight(build, context));
  let told = '';
  for (let now: NixBuild | undefined = build; now !== undefined; now = await later(build, context)) {
    const text = statusText(now, follow);
    if (text !== told && text !== '') yield note(text);
    told = text;
    if (!follow || importIsOver(build, now) || context.signal.aborted) return;
  }
}

async function later({ metadata }: NixBuild, context: CommandContext): Promise<NixBuild | undefined> {
  await pause(context.clock, lookAgainMs, context.signal);
  return await getBuild(metadata.name, context);
}

function withoutRight({ metadata }: NixBuild, { namespace, enbiNamespace, ofCluster }: CommandContext): string {
  const { self } = ofCluster;
  const command = `${self} --namespace ${namespace} logs ${metadata.name}`;
  return `stands in the log of the node's agent in namespace ${enbiNamespace}, which works for all tenants and which you may not read; somebody who may can run ${command}`;
}

/** How a build ended that was followed is said behind its logs. */
function statusText({ status }: NixBuild, followed: boolean): string {
  const { failure, progress = '', built } = status;
  if (status.status === 'Importing') return progress;
  if (failure?.stage === 'Import') return followed ? '' : `failed: ${failure.reason}: ${failure.message}`;
  if (status.status !== 'Succeeded') return '';
  const sent = built?.layersSent === undefined ? '' : `, ${built.layersSent} layers sent`;
  return `the image is on ${status.nodes?.join(', ') ?? 'the node'}${sent}`;
}

function note(text: string): StageLine {
  return { kind: 'note', text };
}
