import { type NixBuild, projectNixBuild } from '../cluster-view/objects.ts';
import { resource } from '../cluster-view/resources.ts';
import { UserError } from '../errors.ts';
import type { ResourceType } from '../runtime/kube-client.ts';
import { type CommandContext } from './command-context.ts';
import { workloads } from './workload.ts';

export async function getBuild(
  name: string,
  { client, namespace }: Pick<CommandContext, 'client' | 'namespace'>,
): Promise<NixBuild | undefined> {
  const raw = await client.get(resource.builds, { namespace, name });
  return raw === undefined ? undefined : projectNixBuild(raw);
}

export interface Target {
  /** Undefined: the name alone was written. */
  readonly kind: 'pod' | 'nixbuild' | 'workload' | undefined;
  readonly name: string;
  /** Of a workload: what it is. */
  readonly type?: ResourceType;
}

const kinds: Readonly<Record<string, Target['kind']>> = {
  pod: 'pod',
  pods: 'pod',
  po: 'pod',
  nb: 'nixbuild',
  nixbuild: 'nixbuild',
  nixbuilds: 'nixbuild',
  'nixbuild.enbi.hrzn.ee': 'nixbuild',
  'nixbuilds.enbi.hrzn.ee': 'nixbuild',
};

/** `pod/x`, `nb/x`, a bare name, or the two as two words, as kubectl takes them. Throws `UserError`. */
export function targetOf(first: string, second?: string): Target {
  const [word, name] = second === undefined ? splitOnce(first) : [first, second];
  const type = workloads[word.toLowerCase()];
  const kind = type === undefined ? kinds[word.toLowerCase()] : 'workload';
  if (name !== undefined && kind === undefined) {
    throw new UserError(
      'WrongKind',
      `"${word}" has no images of enbi's; write pod/NAME, nixbuild/NAME, or deployment, statefulset, daemonset, replicaset, cronjob or job`,
    );
  }
  const given = name ?? word;
  if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(given)) {
    throw new UserError('InvalidName', `"${given}" is no name of an object in Kubernetes`);
  }
  return name === undefined || type === undefined
    ? { kind: name === undefined ? undefined : kind, name: given }
    : { kind, name: given, type };
}

function splitOnce(text: string): readonly [string, string?] {
  const slash = text.indexOf('/');
  return slash < 0 ? [text] : [text.slice(0, slash), text.slice(slash + 1)];
}

export async function noSuch(what: string, name: string, context: CommandContext): Promise<UserError> {
  const { client, namespace } = context;
  const { items } = await client.list(resource.builds, { namespace, limit: 20 });
  const names = items.flatMap((item) => projectNixBuild(item)?.metadata.name ?? []);
  const there = names.length === 0 ? 'there are no NixBuilds in it' : `NixBuilds in it: ${names.join(', ')}`;
  return new UserError('NotFound', `there is no ${what} ${name} in namespace ${namespace}; ${there}`);
}
