import type { BuildFailure } from '../../src/api/nix-build.ts';
import { aNixBuild } from '../e2e/support/manifests.ts';
import { mustHold } from './attack.ts';
import type { Session } from './session.ts';

/** The attacker asks for an image of this name: it is refused, be it by the API server, and no node gets it. Gives what was said. */
export async function mustNotBeNamed(session: Session, name: string, imageTag: string): Promise<string> {
  const made = session.attacker.create(aNixBuild({ name, flakeUrl: session.flake('hello'), imageTag }));
  const said = await made.then(() => undefined, String);
  if (said !== undefined) {
    mustHold(said.includes('imageTag'), `${imageTag} is refused for another reason: ${said}`);
    return said;
  }
  const ended = ({ status }: { status: { status?: string | undefined } }) =>
    status.status === 'Failed' || status.status === 'Succeeded';
  const { status } = await session.attackersBuild({ name, isSo: ended, what: `${imageTag} is refused` });
  mustHold(status.status === 'Failed', `${imageTag} was loaded`);
  return messageOf(status.failure, imageTag);
}

function messageOf(failure: BuildFailure | undefined, imageTag: string): string {
  const { reason = '', message = '' } = failure ?? {};
  mustHold(/NameConflict|InvalidImage|PolicyDenied/.test(reason), `${imageTag} failed for another reason: ${reason}`);
  return message;
}
