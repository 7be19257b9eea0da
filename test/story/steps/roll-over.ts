import { namespace, type Scene } from '../scene.ts';
import { rollOverFaults, tallyText } from '../tally.ts';
import { repository, waitUntilServed } from './first-version.ts';
import { startRequests } from './requests.ts';

/** The tag changes in one place; nobody who asks the Service notices more than the new version. */
export async function rollOver(scene: Scene): Promise<void> {
  const { terminal, kubectl } = scene;
  const image = `${repository}:2.0`;
  terminal.act('The tag is changed in one place, while requests keep coming');
  const requests = await startRequests(scene, 'hello');
  terminal.say(`a Pod asks Service hello 25 times a second; the answer is "${requests.tally.last}"`);
  await kubectl(['-n', namespace, 'set', 'image', 'deployment/hello', `hello=${image}`]);
  terminal.say(`kubectl set image deployment/hello hello=${image}`);
  await waitUntilServed(scene, image);
  await requests.settled();
  requests.stop();
  terminal.live('', 'requests');
  const faults = rollOverFaults(requests.tally, '1.0', '2.0');
  if (faults.length > 0) throw new Error(`the roll-over was noticed: ${faults.join('; ')}`);
  terminal.print('');
  terminal.say(tallyText(requests.tally), 'good');
  await kubectl(['-n', namespace, 'delete', 'pod', 'client', '--wait=false']);
}
