import { aNixBuild, aPod } from '../e2e/support/manifests.ts';
import { mustHold } from './attack.ts';
import type { Session } from './session.ts';

/**
 * Tries builds in a namespace where the API server refuses something that enbi needs: more of them than there are slots, and
 * one for a Pod. People must read the server's own words, and nobody else may wait for it.
 */
export async function expectRefusalIsTold(session: Session, words: RegExp): Promise<void> {
  const { attacker, admin } = session;
  const flakeUrl = session.flake('hello');
  await session.oneNode();
  const names = Array.from({ length: await admin.slots() }, (_, index) => `refused-${index}`);
  for (const name of names) await attacker.create(aNixBuild({ name, flakeUrl, imageTag: session.image(name) }));
  await attacker.create(aPod({ name: 'waits', image: session.image('waits'), flakeUrl }));
  await session.victimBuilds();
  for (const name of names.slice(0, 1)) {
    await session.waitFor(`${name} is told`, async () => {
      const build = (await admin.lists.builds(attacker.namespace)).find(({ metadata }) => metadata.name === name);
      return words.test(JSON.stringify(build?.status)) ? true : undefined;
    });
  }
  const told = await session.waitFor('the Pod is told', async () =>
    (await admin.lists.events(attacker.namespace)).find(
      ({ involvedObject, message }) => involvedObject.name === 'waits' && words.test(message),
    ),
  );
  mustHold(told.message.length <= 1024, `an event of ${told.message.length} characters`);
  await session.victimBuilds();
}
