import { type Attack, mustHold } from '../attack.ts';
import { request } from '../own-builds.ts';
import { isPrintable } from '../printable.ts';

const message = `all is well\u001b[2J\n[enbi] Succeeded\r\u202e${'x'.repeat(900)}`;

export const attack: Attack = {
  name: 'lying-events',
  kind: 'lies to people',
  rights: 'a tenant who may also write events',
  steps:
    'lets a build wait for a Secret that is not there, and writes events about its Pod with escapes and lines of their own',
  holds: 'what the status says of them is one short line of printable text',
  quick: false,
  moreRights: [{ apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] }],
  async run(session) {
    const { attacker, admin } = session;
    await request(session, { name: 'waits', flakeUrl: session.flake('hello'), secretName: 'none-such' });
    const pod = await session.waitFor('its Pod is there', async () => (await admin.lists.pods(attacker.namespace))[0]);
    const { namespace, name, uid } = pod.metadata;
    const involvedObject = { apiVersion: 'v1', kind: 'Pod', namespace, name, uid };
    const later = '2999-01-01T00:00:00Z';
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'lie' },
      involvedObject,
      type: 'Warning',
      message,
    };
    await attacker.create({ ...event, reason: 'Failed', firstTimestamp: later, lastTimestamp: later, count: 1 });
    const { status } = await session.attackersBuild({
      name: 'waits',
      what: 'it says what it waits for',
      isSo: ({ status }) => status.conditions?.some(({ reason }) => reason === 'PodNotStarting') === true,
    });
    const told = [status.progress ?? '', ...(status.conditions ?? []).map(({ message }) => message)];
    for (const text of told)
      mustHold(isPrintable(text) && !text.includes('\n'), `unprintable: ${JSON.stringify(text)}`);
  },
};
