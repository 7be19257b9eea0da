import { label, podAnnotation } from '../../src/api/labels.ts';
import { isolations } from '../../src/api/order.ts';
import { removeJob } from '../../src/cluster-view/remove-job.ts';
import { agentJob } from '../../src/controllers/agents/agent-job.ts';
import { buildJob } from '../../src/controllers/builds/build-job.ts';
import { prepareJob } from '../../src/controllers/stores/prepare-job.ts';
import { aBuild, aNode, aStore, someSettings } from '../support/builders.ts';
import { changed } from './requests.ts';

/** As deploy/controller.yaml says. */
const image = 'enbi.hrzn.ee/enbi:0.1.0';
const settings = someSettings({ image });
const staying = { ...settings, builderIdle: 300 };
const withSecret = { [podAnnotation.secretName]: 'git-token' };
const limits = { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '4Gi' } };
const tolerations = [{ operator: 'Exists' } as const];
const scope = '0123456789abcdef'.repeat(2);
const microK8s = aNode({ labels: { 'microk8s.io/cluster': 'true' } });

/** Every Job that the controller makes, each in all its forms. */
export function jobs(): Readonly<Record<string, object>> {
  const plain = aBuild({ status: { attempts: 1 } });
  const secret = aBuild({ annotations: withSecret });
  const script = aBuild({ status: { attempts: 2, outFormat: 'script' } });
  const another = someSettings({ image: `enbi.hrzn.ee/enbi@sha256:${'a'.repeat(64)}`, resources: limits, tolerations });
  const built = isolations.flatMap((isolation) => [
    [`a build, ${isolation}`, buildJob(plain, aStore(), aNode(), isolation, settings)],
    [`a build with a Secret, ${isolation}`, buildJob(secret, aStore(), aNode(), isolation, settings)],
    [`a build of a script with limits, ${isolation}`, buildJob(script, aStore(), aNode(), isolation, another)],
    [`a builder, ${isolation}`, buildJob(plain, aStore(), aNode(), isolation, staying)],
    [`a builder with a Secret, ${isolation}`, buildJob(secret, aStore(), aNode(), isolation, staying)],
  ]);
  const agents = {
    'an agent': agentJob(aNode(), settings),
    'an agent on MicroK8s': agentJob(microK8s, another),
  };
  return {
    'a build': buildJob(secret, aStore(), aNode(), 'Unprivileged', settings),
    ...Object.fromEntries(built),
    ...agents,
    'a preparation': prepareJob(aStore(), settings),
    'a preparation of a scope': prepareJob(aStore({}, scope), settings),
    'the removal of a store': removal({ tenant: 'team' }),
    'the removal of a store of a scope': removal({ tenant: 'team', scope }),
  };
}

function removal(order: Parameters<typeof removeJob>[0]['order']): object {
  const metadata = { namespace: 'enbi', name: 'remove-a', labels: { [label.uninstall]: 'hook-1' } };
  return removeJob({ metadata, node: 'node-1', order, image, pullPolicy: 'IfNotPresent' });
}

type Wrong = readonly [what: string, manifest: object, why: RegExp];

const pod = (path: string) => `spec|template|spec|${path}`;
const volume = (source: object) => ({ [pod('volumes|+')]: { name: 'more', ...source } });
const mount = (mountPath: string, name = 'store') => ({ name, mountPath });

const againFetching = {
  name: 'again',
  image,
  args: ['fetch'],
  restartPolicy: 'Always',
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
};

function wrongBuilds(): readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] {
  const first = (field: string) => pod(`containers|0|${field}`);
  const second = (field: string) => pod(`containers|1|${field}`);
  const security = (field: string) => second(`securityContext|${field}`);
  return [
    ['no mark', { 'metadata|labels': { [label.managedBy]: 'me' } }, /only Jobs that say so/],
    ['many Pods', { 'spec|parallelism': 9, 'spec|completions': 9 }, /of one Pod that is tried once/],
    ['no end', { 'spec|activeDeadlineSeconds': undefined }, /ends in time/],
    [
      'a selector of its own',
      { 'spec|manualSelector': true, 'spec|selector': { matchLabels: { [label.managedBy]: 'enbi' } } },
      /known by its own labels/,
    ],
    [
      'a label that lets a mesh in',
      { 'spec|template|metadata|labels|sidecar.istio.io/inject': 'true' },
      /known by its own labels/,
    ],
    ["the labels of another's Pods", { 'spec|template|metadata|labels|app': 'shop' }, /known by its own labels/],
    ['another try', { [pod('restartPolicy')]: 'OnFailure' }, /tried once/],
    ['another image', { [second('image')]: 'evil.example/enbi:0.1.0' }, /run the image of its Deployment/],
    ['an image of a longer name', { [second('image')]: 'enbi.hrzn.ee/enbi-evil:0.1.0' }, /run the image of its/],
    [
      'an image below its name',
      { [second('image')]: 'enbi.hrzn.ee/enbi:1/evil' },
      /run the image of its|couldn't parse/,
    ],
    ['a command', { [second('command')]: ['/bin/sh'] }, /one of enbi's own subcommands/],
    ['other arguments', { [second('args')]: ['controller'] }, /one of enbi's own subcommands/],
    ['an agent outside of its namespace', { [second('args')]: ['agent'] }, /one of enbi's own subcommands/],
    ['a hook', { [second('lifecycle')]: { postStart: { exec: { command: ['/a'] } } } }, /no probe and no hook/],
    ['a probe', { [second('livenessProbe')]: { exec: { command: ['/a'] } } }, /no probe and no hook/],
    ['an environment', { [second('env')]: [{ name: 'NODE_OPTIONS', value: '--import=/nix/a.mjs' }] }, /no environment/],
    ['a Secret in its environment', { [second('envFrom')]: [{ secretRef: { name: 'a' } }] }, /no environment/],
    ['a port of the node', { [second('ports')]: [{ containerPort: 1, hostPort: 1 }] }, /no ports/],
    ['a mount over its program', { [second('volumeMounts|+')]: mount('/opt/enbi') }, /not over its own programs/],
    [
      'a mount over its program by another way',
      { [second('volumeMounts|+')]: mount('/enbi/../opt/enbi') },
      /not over its own programs/,
    ],
    ['another directory to begin in', { [second('workingDir')]: '/nix' }, /begin where their image says/],
    ['another place to report', { [second('terminationMessagePath')]: '/opt/enbi/enbi' }, /report where the kubelet/],
    ['a fetch that begins again', { [pod('initContainers')]: [againFetching] }, /begin where their image says, once/],
    ['names of its own', { [pod('hostAliases')]: [{ ip: '192.0.2.1', hostnames: ['git.example'] }] }, /look names up/],
    ['a name server', { [pod('dnsConfig')]: { nameservers: ['192.0.2.1'] } }, /look names up/],
    ["the node's name servers", { [pod('dnsPolicy')]: 'Default' }, /look names up/],
    ['another runtime', { [pod('runtimeClassName')]: 'privileged' }, /cluster's own runtime/],
    ['a Secret to pull with', { [pod('imagePullSecrets')]: [{ name: 'a' }] }, /cluster's own runtime/],
    ['another scheduler', { [pod('schedulerName')]: 'mine' }, /cluster's scheduler/],
    ['any priority', { [pod('priorityClassName')]: 'mine' }, /push nobody aside/],
    ['an account', { [pod('serviceAccountName')]: 'admin' }, /no account/],
    ['an API token', { [pod('automountServiceAccountToken')]: true }, /no API token/],
    ['the processes of the node', { [pod('hostPID')]: true }, /no namespace of the node/],
    ['the IPC of the node', { [pod('hostIPC')]: true }, /no namespace of the node/],
    ['the network of the node', { [pod('hostNetwork')]: true }, /no namespace of the node/],
    ['one process namespace', { [pod('shareProcessNamespace')]: true }, /none with each other's/],
    ['a node by name', { [pod('nodeName')]: 'node-1' }, /cluster's scheduler/],
    ['the highest priority', { [pod('priorityClassName')]: 'system-node-critical' }, /push nobody aside/],
    ['a directory of the node', volume({ hostPath: { path: '/var/lib/enbi' } }), /volumes of enbi's Jobs are/],
    ['a token as a volume', volume({ projected: { sources: [] } }), /volumes of enbi's Jobs are/],
    ['a ConfigMap', volume({ configMap: { name: 'a' } }), /volumes of enbi's Jobs are/],
    [
      'a claim of somebody else',
      volume({ persistentVolumeClaim: { claimName: 'data' } }),
      /volumes of enbi's Jobs are/,
    ],
    [
      'the Secret where it builds',
      { [second('volumeMounts|+')]: mount('/enbi/secret', 'secret') },
      /container that fetches/,
    ],
    [
      'root',
      { [pod('securityContext|runAsUser')]: 0, [pod('securityContext|runAsNonRoot')]: false },
      /root in enbi's own/,
    ],
    ['root in a container', { [security('runAsUser')]: 0 }, /root in enbi's own/],
    ['privileges', { [security('privileged')]: true, [security('allowPrivilegeEscalation')]: true }, /not privileged/],
    ['setuid programs', { [security('allowPrivilegeEscalation')]: true }, /gain nothing by what they run/],
    ['a capability', { [security('capabilities|add')]: ['NET_RAW'] }, /drop all capabilities/],
    ['capabilities kept', { [security('capabilities')]: { drop: ['NET_RAW'] } }, /drop all capabilities/],
    ['no seccomp', { [pod('securityContext|seccompProfile')]: { type: 'Unconfined' } }, /seccomp profile/],
    ['no seccomp in a container', { [security('seccompProfile')]: { type: 'Unconfined' } }, /seccomp profile/],
    ['no AppArmor', { [security('appArmorProfile')]: { type: 'Unconfined' } }, /nothing of their own for AppArmor/],
    ['another SELinux type', { [pod('securityContext|seLinuxOptions')]: { type: 'spc_t' } }, /SELinux/],
    ['a group of the node', { [pod('securityContext|supplementalGroups')]: [999] }, /no groups beside/],
    ['sysctls', { [pod('securityContext|sysctls')]: [{ name: 'net.a', value: '1' }] }, /no sysctls/],
    ['a fetch with another image', { [first('image')]: 'evil.example/a' }, /run the image of its Deployment/],
  ];
}

/** What an agent is not: it says that it prepares, and ends in time. */
const preparing = {
  'spec|template|metadata|labels|app.kubernetes.io/component': 'prepare',
  'spec|activeDeadlineSeconds': 60,
};
const endless = { 'spec|activeDeadlineSeconds': undefined };

const beside = { ...againFetching, name: 'beside', restartPolicy: undefined };

/** Of two policies, either is told first. */
const elsewhere = /where containerd's socket lies; another place|an agent is one container, which sees/;

function wrongAgents(): readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] {
  const only = (field: string) => pod(`containers|0|${field}`);
  const host = (path: string) => ({ [pod('volumes|0|hostPath|path')]: path });
  return [
    [
      'a label that keeps it from the network policy',
      { 'spec|template|metadata|labels|app.kubernetes.io/component': 'build' },
      /say what they are/,
    ],
    [
      'the label of another step',
      { 'spec|template|metadata|labels|app.kubernetes.io/component': 'prepare' },
      /say what they are/,
    ],
    ['what is above the stores', host('/var/lib/enbi'), /an agent is one container, which sees/],
    ['the stores for writing', { [only('volumeMounts|0|readOnly')]: false }, /an agent is one container, which sees/],
    ['a container beside it', { [pod('containers|+')]: { ...beside, args: ['agent'] } }, /an agent is one container/],
    ['a step beside it', { [pod('containers|+')]: { ...beside, args: ['store', 'prepare'] } }, /an agent is one cont/],
    ['a hook', { [only('lifecycle')]: { preStop: { sleep: { seconds: 1 } } } }, /no probe and no hook/],
    ['/etc of the node', host('/etc'), /where containerd's socket lies; another place/],
    ['all of the node', host('/'), /where containerd's socket lies; another place/],
    ['a directory beside the stores', host('/var/lib/enbi-evil'), /where containerd's socket lies; another place/],
    ['what is in a store', host('/var/lib/enbi/stores/team/nix'), elsewhere],
    ['a store of no scope', host('/var/lib/enbi/stores/team.evil'), elsewhere],
    ['the directory above', host('/var/lib'), /where containerd's socket lies; another place/],
    ['a Secret of enbi', volume({ secret: { secretName: 'a' } }), /volumes of enbi's Jobs are/],
    ['a capability that it need not have', { [only('securityContext|capabilities|add')]: ['CHOWN'] }, /drop all cap/],
    ['the socket for writing', { [only('volumeMounts|2|readOnly')]: false }, /mounted read-only, and only for/],
    [
      'the socket for another step',
      { ...preparing, [only('args')]: ['store', 'prepare'] },
      /mounted read-only, and onl/,
    ],
    ['no end, though it is none', { ...preparing, [only('args')]: ['store', 'remove'], ...endless }, /ends in time/],
    ['an import as it was', { ...preparing, [only('args')]: ['import'] }, /one of enbi's own subcommands/],
    ['a build in its namespace', { ...preparing, [only('args')]: ['build'] }, /one of enbi's own subcommands/],
    [
      'a mount that reaches the node',
      { [only('volumeMounts|1|mountPropagation')]: 'Bidirectional' },
      /mounted where enbi|privileged/,
    ],
  ];
}

/** What only a builder has, and what it has not either. */
function wrongBuilders(): readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] {
  const second = (field: string) => pod(`containers|1|${field}`);
  const program = /one of enbi's own subcommands/;
  return [
    ['another command than a builder has', { [second('command')]: ['/bin/sh'] }, program],
    ['an argument to the command of a builder', { [second('command')]: ['/opt/enbi/builder', '-c'] }, program],
    ['the step of an agent', { [second('args')]: ['agent', '300'] }, program],
    ['a time that is none', { [second('args')]: ['build', '$(id)'] }, program],
    ['more than a step and a time', { [second('args')]: ['build', '300', 'a'] }, program],
    [
      'the command of a builder, and no kind',
      { 'spec|template|metadata|labels|enbi.hrzn.ee/builder': undefined },
      /ends in time/,
    ],
    ['a container that is no builder', { [second('command')]: undefined, [second('args')]: ['build'] }, program],
    [
      'the Secret where a builder builds',
      { [second('volumeMounts|+')]: mount('/enbi/secret', 'secret') },
      /that fetches/,
    ],
    [
      'a builder with root',
      { [pod('securityContext|runAsUser')]: 0, [pod('securityContext|runAsNonRoot')]: false },
      /root in/,
    ],
  ];
}

export function jobsWithOneThingWrong(): readonly Wrong[] {
  const build = buildJob(aBuild({ annotations: withSecret }), aStore(), aNode(), 'Unprivileged', settings);
  const builder = buildJob(aBuild({ annotations: withSecret }), aStore(), aNode(), 'Unprivileged', staying);
  const agent = agentJob(aNode(), settings);
  return [
    ...wrongBuilders().map(([what, changes, why]): Wrong => [what, changed(builder, changes), why]),
    ...wrongBuilds().map(([what, changes, why]): Wrong => [what, changed(build, changes), why]),
    ...wrongAgents().map(([what, changes, why]): Wrong => [what, changed(agent, changes), why]),
  ];
}

export const purgeJob = removal({ everything: true });

export function purgeJobsWithOneThingWrong(): readonly Wrong[] {
  const only = (field: string) => pod(`containers|0|${field}`);
  return [
    ['another namespace', changed(purgeJob, { 'metadata|namespace': 'team' }), /cannot create|in its own namespace/],
    ['another image', changed(purgeJob, { [only('image')]: 'evil.example/a:1' }), /the image of the Job/],
    ['another program', changed(purgeJob, { [only('args')]: ['import'] }), /runs `store remove`/],
    ['a command', changed(purgeJob, { [only('command')]: ['/bin/sh'] }), /runs `store remove`/],
    ['another directory', changed(purgeJob, { [pod('volumes|0|hostPath|path')]: '/' }), /of a node it sees/],
    ['a capability more', changed(purgeJob, { [only('securityContext|capabilities|add')]: ['SYS_ADMIN'] }), /capabil/],
    ['the network of the node', changed(purgeJob, { [pod('hostNetwork')]: true }), /shares no namespace/],
    [
      'a mount over its program',
      changed(purgeJob, { [only('volumeMounts|+')]: mount('/enbi/../opt/enbi', 'stores') }),
      /runs `store remove`/,
    ],
    [
      'a selector of its own',
      changed(purgeJob, {
        'spec|manualSelector': true,
        'spec|selector': { matchLabels: { [label.managedBy]: 'enbi' } },
      }),
      /tried once/,
    ],
  ];
}
