import { type Attack, mustHold } from '../attack.ts';
import { askedOfCaches, useHostileCaches } from '../hostile-cache.ts';
import { cancel, request } from '../own-builds.ts';
import { flakeOf } from '../small-flake.ts';

export const attack: Attack = {
  name: 'cache-endless',
  kind: 'gets more of a node',
  rights: 'whoever serves a binary cache that the administrator has set, and whose key is trusted',
  steps:
    'sends records of 64 MiB, contents of a tebibyte, a mebibyte at a time, and contents of which a byte comes every half second',
  holds: 'builds that the cache has nothing for are built meanwhile, and whoever cancels one that hangs on it ends it',
  quick: false,
  alone: true,
  repositories: { 'cache-endless': { '1.0.0': flakeOf({ endless: 'exit 1', slow: 'exit 1' }) } },
  async run(session) {
    await useHostileCaches(session, ['info-huge', 'nar-endless', 'nar-slow']);
    const flakeUrl = session.flake('cache-endless');
    const names = ['endless', 'slow'];
    for (const name of names) await request(session, { name, packageName: name, flakeUrl });
    await session.waitFor('both hang', async () => {
      const asked = await askedOfCaches(session);
      return names.every((name) => asked.includes(`/nar-${name}/nar/`)) ? true : undefined;
    });
    const { status } = await session.victimBuilds();
    mustHold((status.built?.derivations ?? 0) > 0, 'something was copied from the cache');
    for (const name of names) await cancel(session, name);
  },
};
