import { aNixBuild } from '../../e2e/support/manifests.ts';
import { type Attack, mustHold } from '../attack.ts';
import { mustNotBeNamed } from '../must-not-be-named.ts';

export const attack: Attack = {
  name: 'name-of-another',
  kind: 'reads what is not theirs',
  rights: 'a tenant',
  steps: 'has a name built that another tenant has had built, to learn who that is',
  holds: 'the name stays with whom it was, and the refusal says "taken" and not by whom',
  quick: true,
  async run(session) {
    const { victim, admin } = session;
    const imageTag = `registry.test/guess-${victim.namespace.slice(-4)}/app:1`;
    await victim.create(aNixBuild({ name: 'first', flakeUrl: session.flake('hello'), imageTag }));
    const first = await session.waitFor('the first is built', async () =>
      (await admin.lists.builds(victim.namespace)).find(({ status }) => status.status === 'Succeeded'),
    );
    const said = await mustNotBeNamed(session, 'second', imageTag);
    for (const secret of [victim.namespace, first.metadata.uid, first.metadata.name]) {
      mustHold(!said.includes(secret), `it is said whose it is: ${said}`);
    }
  },
};
