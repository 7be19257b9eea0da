import { cancelAnnotation, podAnnotation } from '../../src/api/labels.ts';
import { aNixBuild, aPod } from '../e2e/support/manifests.ts';
import type { NixBuild } from '../support/objects.ts';
import type { Session } from './session.ts';

interface Wishes {
  readonly name: string;
  readonly flakeUrl: string;
  readonly packageName?: string;
  readonly imageTag?: string;
  readonly secretName?: string;
}

/** The attacker makes a NixBuild by hand. */
export async function request(session: Session, { secretName, imageTag, ...wishes }: Wishes): Promise<void> {
  const build = aNixBuild({ ...wishes, imageTag: imageTag ?? session.image(wishes.name) });
  const annotations = secretName === undefined ? {} : { [podAnnotation.secretName]: secretName };
  await session.attacker.create({ ...build, metadata: { name: wishes.name, annotations } });
}

/** The same in numbers: as many as there are slots, each of its own name. */
export async function requestForAllSlots(session: Session, wishes: Omit<Wishes, 'name'>): Promise<readonly string[]> {
  const names = Array.from({ length: await session.admin.slots() }, (_, index) => `slot-${index}`);
  for (const name of names) await request(session, { name, ...wishes });
  return names;
}

/** The attacker's build when it has come to an end, be it one that is tried again. */
export function outcomeOfBuild(session: Session, name: string, seconds?: number): Promise<NixBuild> {
  return session.attackersBuild({ name, what: `${name} comes to an end`, isSo: hasOutcome, seconds });
}

/** A Pod asks for it and waits on a node, so that it is built there, whatever else is; the build when it has come to an end. */
export async function buildOn(session: Session, node: string, wishes: Wishes): Promise<NixBuild> {
  const { name, flakeUrl, packageName, secretName, imageTag: image = session.image(name) } = wishes;
  const annotations = secretName === undefined ? {} : { [podAnnotation.secretName]: secretName };
  const pod = { nodeSelector: { 'kubernetes.io/hostname': node } };
  const asked = { name, image, flakeUrl, annotations, pod, ...(packageName === undefined ? {} : { packageName }) };
  await session.attacker.create(aPod(asked));
  return await session.waitFor(`${name} comes to an end`, async () => {
    const builds = await session.admin.lists.builds(session.attacker.namespace);
    return builds.find((build) => build.spec.imageTag === image && hasOutcome(build));
  });
}

function hasOutcome({ status }: NixBuild): boolean {
  return status.status === 'Succeeded' || status.failure !== undefined;
}

/** Those of the attacker's builds that run by now; at least one. */
export function runningBuilds(session: Session): Promise<readonly NixBuild[]> {
  const { attacker, admin } = session;
  return session.waitFor("the attacker's builds run", async () => {
    const running = (await admin.lists.builds(attacker.namespace)).filter(({ status }) => status.status === 'Building');
    return running.length > 0 ? running : undefined;
  });
}

/** The attacker cancels a build; returns when nothing of it runs any more. */
export async function cancel(session: Session, name: string): Promise<NixBuild> {
  const { attacker, admin } = session;
  await attacker.patch('NixBuild', name, { metadata: { annotations: { [cancelAnnotation]: 'now' } } });
  const isSo = ({ status }: NixBuild) => status.status === 'Cancelled';
  const cancelled = await session.attackersBuild({ name, what: `${name} is cancelled`, isSo });
  await session.waitFor('its Pod is gone', async () => {
    const pods = await admin.lists.pods(attacker.namespace);
    return pods.some(({ metadata }) => metadata.name.startsWith(`${name}-`)) ? undefined : true;
  });
  return cancelled;
}
