import { confined } from '../../e2e/support/manifests.ts';
import { type Attack, mustHold } from '../attack.ts';
import { mustNotBeNamed } from '../must-not-be-named.ts';
import { aWaitingPod } from '../waiting-pod.ts';

export const attack: Attack = {
  name: 'others-pods-names',
  kind: 'runs as somebody else',
  rights: 'a tenant who knows the name of an image that a Pod of another namespace is to run without enbi',
  steps: 'has that name built before the Pod finds a node',
  holds: 'it is refused without saying whose it is',
  quick: true,
  async run(session) {
    const { victim } = session;
    const repository = `b.example/${victim.namespace}-x/payments`;
    const containers = [
      { name: 'c', image: `${repository}:2.0`, ...confined },
      { name: 'd', image: 'cache.example:443/plain:1', ...confined },
    ];
    await victim.create(aWaitingPod('payments', { containers }));
    for (const [index, imageTag] of [`${repository}:2.0`, 'cache.example:443/plain:1'].entries()) {
      const said = await mustNotBeNamed(session, `taken-${index}`, imageTag);
      const withoutName = said.replaceAll(repository, '');
      mustHold(!withoutName.includes(victim.namespace), `it is said whose ${imageTag} is: ${said}`);
    }
  },
};
