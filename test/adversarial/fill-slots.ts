import { aNixBuild } from '../e2e/support/manifests.ts';
import type { NixBuild } from '../support/objects.ts';
import type { Session } from './session.ts';

/** What of a NixBuild an attacker writes otherwise than everybody. */
interface Wishes {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  /** Default: an ordinary flake. */
  readonly flakeUrl?: string;
}

/** As many NixBuilds as there are slots on the one node that is left open; gives their names when the controller has looked at each. */
export async function fillSlots(session: Session, wishes: Wishes = {}): Promise<readonly string[]> {
  await session.oneNode();
  const count = await session.admin.slots();
  const names = Array.from({ length: count }, (_, index) => `holds-${index}`);
  for (const name of names) await session.attacker.create(wish(session, name, wishes));
  for (const name of names) await session.attackersBuild({ name, isSo: isSeen, what: `${name} is looked at` });
  return names;
}

function wish(session: Session, name: string, { flakeUrl = session.flake('hello'), ...metadata }: Wishes): object {
  const build = aNixBuild({ name, flakeUrl, imageTag: session.image(name) });
  return { ...build, metadata: { name, ...metadata } };
}

/** It has a slot, or was told that it gets none. */
function isSeen({ status }: NixBuild): boolean {
  return status.buildNode !== undefined || status.conditions !== undefined;
}
