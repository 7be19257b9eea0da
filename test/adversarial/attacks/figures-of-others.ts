import * as z from 'zod';
import { type Attack, mustHold } from '../attack.ts';
import { request } from '../own-builds.ts';

const Stores = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ tenant: z.string() }),
      status: z.object({ freeBytes: z.number().optional() }).default({}),
    }),
  ),
});

export const attack: Attack = {
  name: 'figures-of-others',
  kind: 'lies to people',
  rights: 'a tenant who may also write the status of NixBuilds',
  steps:
    "writes into the status of a NixBuild that it used another tenant's store, a thousand years from now, and left no space",
  holds: "the figures of the other's store are those of its own builds",
  quick: false,
  moreRights: [{ apiGroups: ['enbi.hrzn.ee'], resources: ['nixbuilds/status'], verbs: ['patch', 'update'] }],
  async run(session) {
    const { attacker, victim, admin } = session;
    await session.victimBuilds();
    const store = async () =>
      Stores.parse(JSON.parse(await admin.kubectl(['get', 'nixstores', '--output=json']))).items.find(
        ({ spec }) => spec.tenant === victim.namespace,
      );
    await request(session, { name: 'liar', flakeUrl: session.flake('hello') });
    const storeUsage = { sizeBytes: 1, freeBytes: 1, time: '3026-01-01T00:00:00Z' };
    const status = { storeName: (await store())?.metadata.name, storeUsage };
    // An admission policy may refuse it, where it is installed.
    await attacker.patch('NixBuild', 'liar', { status }, 'status').catch(() => undefined);
    // Its figures come with each of its builds.
    await session.victimBuilds();
    const { freeBytes = 0 } = (await store())?.status ?? {};
    mustHold(freeBytes > 1, `another tenant's store is said to have ${freeBytes} bytes free`);
  },
};
