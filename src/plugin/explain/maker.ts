import { makerNamed } from '../../cluster-view/belonging.ts';
import { type Raw, rawOf } from '../../cluster-view/raw.ts';
import { PolicyError } from '../../errors.ts';
import type { CommandContext } from '../command-context.ts';
import { workloadTypes } from '../workload.ts';
import { isName } from './fill-names.ts';

/** The object that made a Pod: a ReplicaSet, StatefulSet, DaemonSet or Job. */
export interface Maker {
  readonly kind: string;
  readonly name: string;
  /** The object itself; empty when it is gone or may not be seen. */
  readonly raw: Raw;
}

/** Whoever makes a Pod may write any text as the name of its owner, and this one goes into commands. */
export async function makerOf(pod: Raw, { client, namespace }: CommandContext): Promise<Maker | undefined> {
  const owner = makerNamed(pod);
  const type = workloadTypes.find(({ kind, apiVersion }) => kind === owner?.kind && apiVersion === owner.apiVersion);
  if (owner === undefined || type === undefined || !isName(owner.name)) return undefined;
  const { kind, name, uid } = owner;
  try {
    const raw = rawOf(await client.get(type, { namespace, name }));
    // Another one of its name may be there by now.
    return { kind, name, raw: rawOf(raw.metadata).uid === uid ? raw : {} };
  } catch (thrown) {
    if (thrown instanceof PolicyError) return { kind, name, raw: {} };
    throw thrown;
  }
}

/** `Job report-29384 of CronJob report`, for people. */
export function makerText({ kind, name, raw }: Maker): string {
  const above = makerNamed(raw);
  return `${kind} ${name}${above === undefined ? '' : ` of ${above.kind} ${above.name}`}`;
}
