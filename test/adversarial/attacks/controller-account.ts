import { confined } from '../../e2e/support/manifests.ts';
import { type Attack, mustHold } from '../attack.ts';
import type { Session } from '../session.ts';
import { aWaitingPod } from '../waiting-pod.ts';

export const attack: Attack = {
  name: 'controller-account',
  kind: 'gets more of a node',
  rights: "somebody who has got hold of the controller's token",
  steps:
    "makes Jobs with other images and other accounts, with the node's files, in any namespace; volumes of any directory; another image for a running Pod; reads Secrets",
  holds: 'what the controller has no need of is refused, although it may make Jobs and volumes and patch Pods',
  quick: true,
  async run(session) {
    await session.victim.create(aWaitingPod('target'));
    for (const [what, args, object] of attempts(session)) {
      const said = await asController(session, args, object).then(
        () => undefined,
        (error: unknown) => String(error),
      );
      mustHold(said !== undefined, `the controller's account may ${what}`);
      mustHold(/forbidden|denied/i.test(said), `to ${what} is not refused, but wrong: ${said}`);
    }
  },
};

/** Nothing is made: admission is asked all the same. */
async function asController({ admin }: Session, args: readonly string[], object: object | undefined): Promise<void> {
  const who = ['--as=system:serviceaccount:enbi:enbi-controller', '--as-group=system:serviceaccounts'];
  const groups = ['--as-group=system:authenticated', '--as-group=system:serviceaccounts:enbi'];
  const file = object === undefined ? [] : ['--filename=-'];
  await admin.kubectl([...args, ...file, ...who, ...groups], object === undefined ? undefined : JSON.stringify(object));
}

type Attempt = readonly [what: string, args: readonly string[], object?: object];

function attempts({ victim, attacker, enbiImage }: Session): readonly Attempt[] {
  const create = (namespace: string) => ['create', '--dry-run=server', '--namespace', namespace];
  const patch = (patch: object) => [
    'patch',
    'pod',
    'target',
    '--dry-run=server',
    '--namespace',
    victim.namespace,
    '--type=strategic',
    `--patch=${JSON.stringify(patch)}`,
  ];
  const host = { name: 'host', hostPath: { path: '/' } };
  return [
    ["run any image in a tenant's namespace", create(attacker.namespace), job({ image: 'evil.example/x:1' })],
    ['run any image in kube-system', create('kube-system'), job({ image: 'evil.example/x:1' })],
    ['run any image in its own namespace', create('enbi'), job({ image: 'evil.example/x:1' })],
    ['run a Job with an account', create('kube-system'), job({ image: enbiImage, serviceAccountName: 'default' })],
    [
      "mount a node's files in a tenant's namespace",
      create(victim.namespace),
      job({ image: enbiImage, volumes: [host] }),
    ],
    ["mount a node's root", create('enbi'), job({ image: enbiImage, volumes: [host] })],
    ["share a node's processes", create('enbi'), job({ image: enbiImage, hostPID: true })],
    ['run a privileged container', create('enbi'), job({ image: enbiImage, privileged: true })],
    ['run another program of its image', create(attacker.namespace), job({ image: enbiImage, command: ['/bin/sh'] })],
    ['make a volume of any directory', create('enbi'), volume('/etc')],
    ['make a volume of another tenant', create('enbi'), volume(`/var/lib/enbi/stores/${victim.namespace}`)],
    ['make a volume beside the stores', create('enbi'), volume('/var/lib/enbi')],
    ["change a Pod's image", patch({ spec: { containers: [{ name: 'c', image: 'evil.example/x:1' }] } })],
    ["change a Pod's labels", patch({ metadata: { labels: { app: 'other' } } })],
    ["take a Pod's finalizers or owners", patch({ metadata: { finalizers: ['attack.example/stays'] } })],
    ['read Secrets', ['get', 'secrets', '--namespace', victim.namespace]],
    ['make a Pod', create(attacker.namespace), aWaitingPod('evil')],
  ];
}

interface JobWishes {
  readonly image: string;
  readonly command?: readonly string[];
  readonly privileged?: boolean;
  readonly volumes?: readonly object[];
  readonly hostPID?: boolean;
  readonly serviceAccountName?: string;
}

function job({ image, command, privileged, ...pod }: JobWishes): object {
  const security = privileged === true ? { securityContext: { privileged: true } } : confined;
  const container = { name: 'c', image, args: ['build'], ...(command === undefined ? {} : { command }), ...security };
  const spec = {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    ...pod,
    containers: [container],
  };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'evil' }, spec: { template: { spec } } };
}

function volume(path: string): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'evil' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path },
      claimRef: { namespace: 'default', name: 'evil' },
    },
  };
}
