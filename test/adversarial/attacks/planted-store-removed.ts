import { type Attack, mustHold } from '../attack.ts';
import { outcomeOfBuild, request } from '../own-builds.ts';
import { inPod, mountOwnStore, socketAt } from '../own-pods.ts';

const canary = '/var/lib/canary-of-planted-store';

const plant = `
cd /store/nix/var
mkfifo pipe; ${socketAt('socket')}; ln -s ${canary} link; ln -s / root; ln -s .. up
mkdir "$(printf '\\376')"; touch "$(printf '\\376/\\377')" "$(printf '\\377')"
mkdir closed; touch closed/file; chmod 000 closed
d=deep; for i in $(seq 1 300); do d=$d/d; done; mkdir -p $d
cd $(mktemp -d -p .); seq 1 20000 | xargs touch
`;

export const attack: Attack = {
  name: 'planted-store-removed',
  kind: 'gets more of a node',
  rights: 'a tenant',
  steps:
    'fills their store with links out of it, pipes, sockets, names that are no text, closed, deep and wide directories, before their namespace goes',
  holds: 'the store goes from the node, and nothing else does',
  quick: false,
  needsNode: true,
  async run(session) {
    const { attacker, admin } = session;
    await request(session, { name: 'first', flakeUrl: session.flake('hello') });
    const { status } = await outcomeOfBuild(session, 'first');
    const node = status.buildNode ?? '';
    await session.onNode(node, 'sh', '-c', `mkdir -p ${canary} && touch ${canary}/file`);
    session.atTheEnd(() => session.onNode(node, 'rm', '-rf', canary));
    await mountOwnStore(session, 'planter', node);
    await inPod(session, 'planter', plant);
    await admin.kubectl(['delete', 'namespace', attacker.namespace, '--wait=false']);
    await session.waitFor('the store is removed', async () => {
      const stores = await admin.kubectl(['get', 'nixstores', '--output=jsonpath={.items[*].spec.tenant}']);
      return stores.split(' ').includes(attacker.namespace) ? undefined : true;
    });
    const left = await session.onNode(node, 'sh', '-c', `ls /var/lib/enbi/stores ${canary}`);
    mustHold(!left.includes(attacker.namespace), `left on the node: ${left}`);
    mustHold(left.includes('file'), 'what a link led to was removed');
  },
};
