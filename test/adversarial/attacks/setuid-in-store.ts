import { type Attack, mustHold } from '../attack.ts';

const left = 'left/busybox';

export const attack: Attack = {
  name: 'setuid-in-store',
  kind: 'gets more of a node',
  rights: 'a tenant whose namespace allows Pods of root, and any user of the node',
  steps: 'leaves a setuid program of root in its store, and runs it on the node as nobody',
  holds: 'nobody but root gets to the stores on a node',
  quick: false,
  needsNode: true,
  podSecurity: 'privileged',
  async run(session) {
    const { attacker, admin } = session;
    await attacker.create({
      apiVersion: 'enbi.hrzn.ee/v1alpha1',
      kind: 'NixBuild',
      metadata: { name: 'first' },
      spec: { flakeUrl: session.flake('hello'), system: 'x86_64-linux', imageTag: session.image('first') },
    });
    const isBuilt = ({ status }: { status: { status?: string | undefined } }) => status.status === 'Succeeded';
    const { status } = await session.attackersBuild({ name: 'first', isSo: isBuilt, what: 'the store is there' });
    const node = status.buildNode ?? '';
    const [claim = ''] = (
      await attacker.kubectl(['get', 'persistentvolumeclaims', '--output=jsonpath={.items[*].metadata.name}'])
    ).split(' ');
    const script = `mkdir -p /nix/var/left; cp /usr/bin/busybox /nix/var/${left}; chmod 6755 /nix/var/${left}; chmod 777 /nix /nix/var /nix/var/left`;
    await attacker.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'root' },
      spec: {
        restartPolicy: 'Never',
        nodeSelector: { 'kubernetes.io/hostname': node },
        containers: [
          {
            name: 'c',
            image: session.enbiImage,
            command: ['/bin/sh', '-euc', script],
            securityContext: { runAsUser: 0 },
            volumeMounts: [{ name: 'store', mountPath: '/nix', subPath: 'nix' }],
          },
        ],
        volumes: [{ name: 'store', persistentVolumeClaim: { claimName: claim } }],
      },
    });
    await session.waitFor('the program is left', async () =>
      (await admin.lists.pods(attacker.namespace)).find(
        ({ metadata, status }) => metadata.name === 'root' && status.phase === 'Succeeded',
      ),
    );
    const path = `/var/lib/enbi/stores/${attacker.namespace}/nix/var/${left}`;
    const owner = await session.onNode(node, 'stat', '--format=%U %a', path);
    mustHold(owner.startsWith('root 6755'), `the program is not there as it was left: ${owner}`);
    // A shell, for setpriv itself still looks the program up as root.
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-c', '"$0" id -u'];
    const ran = await session.onNode(node, ...nobody, path).catch((error: unknown) => String(error));
    mustHold(/denied/i.test(ran), `nobody ran it: ${ran}`);
  },
};
