import { storeName } from '../../../src/cluster-view/names.ts';
import { type Attack, mustHold } from '../attack.ts';
import { request } from '../own-builds.ts';
import { flakeOf } from '../small-flake.ts';

export const attack: Attack = {
  name: 'status-takes-slots',
  kind: "stops others' builds",
  rights: 'a tenant who may also write the status of NixBuilds',
  steps:
    'writes into the status of three times as many NixBuilds as there are slots that they are being built on one node',
  holds: "no more of them run than there are slots, and another tenant's build gets one",
  quick: true,
  alone: true,
  moreRights: [{ apiGroups: ['enbi.hrzn.ee'], resources: ['nixbuilds/status'], verbs: ['patch', 'update'] }],
  repositories: { 'status-takes-slots': { '1.0.0': flakeOf({ default: 'sleep 3600' }) } },
  async run(session) {
    const { attacker, admin } = session;
    const slots = await admin.slots();
    const [buildNode = ''] = session.nodes;
    const flakeUrl = session.flake('status-takes-slots');
    for (let index = 0; index < 3 * slots; index++) {
      const name = `taker-${index}`;
      await request(session, { name, flakeUrl });
      const status = {
        status: 'Building',
        buildNode,
        storeName: storeName(buildNode, attacker.namespace),
        attempts: 1,
      };
      // An admission policy may refuse it, where it is installed.
      const patch = { status: { ...status, isolation: 'Unprivileged' } };
      await attacker.patch('NixBuild', name, patch, 'status').catch(() => undefined);
    }
    await session.victimBuilds();
    const jobs = await admin.lists.jobs(attacker.namespace);
    mustHold(jobs.length <= slots, `${jobs.length} Jobs run in ${slots} slots`);
  },
};
