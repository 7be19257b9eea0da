import { podAnnotation } from '../api/labels.ts';
import { askedKeys, askingKeys } from '../cluster-view/asking.ts';
import { type NixBuild, projectNixBuild } from '../cluster-view/objects.ts';
import { type PodView, projectAskingPod } from '../cluster-view/pod.ts';
import { type Raw, rawOf } from '../cluster-view/raw.ts';
import { resource } from '../cluster-view/resources.ts';
import { UserError } from '../errors.ts';
import type { CommandContext } from './command-context.ts';
import { getBuild, noSuch, targetOf } from './find-build.ts';
import { podOfWorkload } from './workload.ts';

export type Found = { readonly build: NixBuild } | FoundPod;

export interface FoundPod {
  readonly pod: PodView;
  /** The same as the API server has it. */
  readonly raw: Raw;
  readonly choice?: string;
}

/** The object that a person means: a bare name is a NixBuild's if there is one, else a Pod's. Throws `UserError`. */
export async function findTarget(first: string, second: string | undefined, context: CommandContext): Promise<Found> {
  const { kind, name, type } = targetOf(first, second);
  if (type !== undefined) return await podOfWorkload(type, name, context);
  const build = kind === 'pod' ? undefined : await getBuild(name, context);
  if (build !== undefined) return { build };
  const pod = kind === 'nixbuild' ? undefined : await getPod(name, context);
  if (pod !== undefined) return pod;
  throw await noSuch(kind === 'pod' ? 'Pod' : kind === 'nixbuild' ? 'NixBuild' : 'NixBuild or Pod', name, context);
}

async function getPod(name: string, { client, namespace }: CommandContext): Promise<FoundPod | undefined> {
  const raw = await client.get(resource.pods, { namespace, name });
  if (raw === undefined) return undefined;
  const pod = projectAskingPod(raw);
  if (pod !== undefined) return { pod, raw: rawOf(raw) };
  const advice =
    `none of its annotations begins with ${podAnnotation.flakeUrl}, or it is a Pod of enbi's own. A Deployment, a Job and the like ` +
    'give their Pods the annotations below spec.template.metadata, not their own; a CronJob those below spec.jobTemplate.spec.template.metadata';
  throw new UserError('NotAsking', `Pod ${name} asks enbi for no image: ${advice}`);
}

/** Every NixBuild that the Pod asks for: not one of the same image that it, corrected since, wants of something else. */
export async function buildsOfPod(pod: PodView, { client, namespace }: CommandContext): Promise<readonly NixBuild[]> {
  const asks = new Set(askingKeys(pod));
  const { items } = await client.list(resource.builds, { namespace });
  return items
    .flatMap((item) => projectNixBuild(item) ?? [])
    .filter((build) => askedKeys(build).some((key) => asks.has(key)));
}

/** The one NixBuild that is meant, by its own name or by the Pod that waits for it. Throws `UserError`. */
export async function buildOf(first: string, second: string | undefined, context: CommandContext): Promise<NixBuild> {
  const found = await findTarget(first, second, context);
  if ('build' in found) return found.build;
  const builds = await buildsOfPod(found.pod, context);
  const [only] = builds;
  const pod = found.pod.metadata.name;
  if (only === undefined) {
    throw new UserError(
      'NotFound',
      `there is no NixBuild that Pod ${pod} asks for: one is made when its node misses the image; see: ${context.self} explain pod/${pod}`,
    );
  }
  if (builds.length === 1) return only;
  const names = builds.map(({ metadata }) => `nixbuild/${metadata.name}`).join(', ');
  throw new UserError('Ambiguous', `Pod ${pod} asks for several NixBuilds; write one of ${names}`);
}
