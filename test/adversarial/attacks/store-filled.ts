import { type Attack, mustHold } from '../attack.ts';
import { cancel, outcomeOfBuild, request, runningBuilds } from '../own-builds.ts';
import { flakeOf } from '../small-flake.ts';

const filledMiB = 2048;

/** Allocated and not written, where builders work and where they leave results. */
const script = `
fallocate -l ${filledMiB / 2}M filled
mkdir -p /nix/var/beside && fallocate -l ${filledMiB / 2}M /nix/var/beside/filled
sleep 3600
`;

export const attack: Attack = {
  name: 'store-filled',
  kind: 'gets more of a node',
  rights: 'the author of a flake',
  steps: `fills ${filledMiB / 1024} GiB of the store, where its builder works and beside it, and cancels the build`,
  holds:
    'other tenants build meanwhile, what the builder worked with goes when it has ended, and all the rest with the namespace',
  quick: false,
  needsNode: true,
  repositories: { 'store-filled': { '1.0.0': flakeOf({ default: script }) } },
  async run(session) {
    const { attacker, admin } = session;
    await request(session, { name: 'filler', flakeUrl: session.flake('store-filled') });
    const [build] = await runningBuilds(session);
    const node = build?.status.buildNode ?? '';
    const store = `/var/lib/enbi/stores/${attacker.namespace}`;
    const sizeMiB = async () =>
      Number.parseInt(await session.onNode(node, 'du', '--summarize', '--block-size=1M', store));
    await session.waitFor('it is filled', async () => ((await sizeMiB()) >= filledMiB ? true : undefined));
    await session.victimBuilds();
    await cancel(session, 'filler');
    await request(session, { name: 'next', flakeUrl: session.flake('hello') });
    await outcomeOfBuild(session, 'next');
    const kept = await sizeMiB();
    mustHold(kept < 0.75 * filledMiB, `what its builder worked with is kept: ${kept} MiB`);
    await admin.kubectl(['delete', 'namespace', attacker.namespace, '--wait=false']);
    await session.waitFor('the store is removed', async () => {
      const left = await session.onNode(node, 'sh', '-c', `ls -d ${store} 2>/dev/null || true`);
      return left.trim() === '' ? true : undefined;
    });
  },
};
