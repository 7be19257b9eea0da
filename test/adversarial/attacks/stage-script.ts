import * as z from 'zod';
import { aNixBuild } from '../../e2e/support/manifests.ts';
import { type Attack, mustHold } from '../attack.ts';
import { resultFlake } from '../attack-flake.ts';
import type { Session } from '../session.ts';
import { systemCall } from '../system-call.ts';

const repository = 'stage-script-probe';

/** By themselves, since a program such as mount may fail for another reason. */
const calls = {
  bpf: systemCall(321, [0, 0x400000, 72]),
  mount: systemCall(165, [0, 0, 0, 0, 0]),
  'unshare a user': systemCall(272, [0x10000000]),
  'unshare mounts': systemCall(272, [0x20000]),
  setns: systemCall(308, [0, 0]),
};
const EPERM = 1;

/** What the importer does not know it has to run. */
const script = `
cat > $out <<END
#!$busybox sh
bb=$busybox
try() { what=\\$1; shift; if "\\$@" >/dev/null 2>&1; then echo "probe: \\$what yes" >&2; else echo "probe: \\$what no" >&2; fi; }
try unshare-user \\$bb unshare -U true
try unshare-mount \\$bb unshare -m true
try unshare-net \\$bb unshare -n true
\\$bb mkdir -p /tmp/at
try mount \\$bb mount -t tmpfs none /tmp/at
try mount-in-user \\$bb unshare -U -r -m \\$bb mount -t tmpfs none /tmp/at
try chroot \\$bb chroot / true
try mknod \\$bb mknod /tmp/device b 7 0
try network \\$bb wget -T 2 -q -O /dev/null http://\\$KUBERNETES_SERVICE_HOST:443/
try socket \\$bb test -S /run/containerd/containerd.sock
call() { echo "\\$2" | \\$bb base64 -d > /tmp/call; \\$bb chmod 755 /tmp/call; /tmp/call; echo "probe: \\$1 error \\$?" >&2; \\$bb rm /tmp/call; }
${Object.entries(calls)
  .map(([name, program]) => `call '${name}' ${program}`)
  .join('\n')}
\\$bb sed -n 's/^\\(CapEff\\|CapBnd\\|NoNewPrivs\\|Seccomp\\):/probe: & /p' /proc/self/status >&2
\\$bb sleep 15
exec \\$bb cat $archive
END
chmod 755 $out
`;

const Pods = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), namespace: z.string() }),
      spec: z.object({
        volumes: z
          .array(z.object({ name: z.string(), emptyDir: z.object({ sizeLimit: z.string().optional() }).optional() }))
          .default([]),
        containers: z.array(z.looseObject({ name: z.string() })),
        initContainers: z.array(z.looseObject({ name: z.string() })).default([]),
      }),
    }),
  ),
});
type Pod = z.infer<typeof Pods>['items'][number];

export const attack: Attack = {
  name: 'stage-script',
  kind: 'gets more of a node',
  rights: 'the author of a flake',
  steps:
    'lets its package be a program that writes the image, and tries in it to mount, to make namespaces and devices, to load a program into the kernel, and to reach a network',
  holds: 'such a program has no more rights than a restricted Pod, and its memory and files are bounded',
  quick: true,
  repositories: { [repository]: { '1.0.0': resultFlake(script, 'stream-probe') } },
  async run(session) {
    const { attacker, admin } = session;
    await attacker.create(
      aNixBuild({ name: 'probe', flakeUrl: session.flake(repository), imageTag: session.image('probe') }),
    );
    const seen = await session.waitFor('the program runs', () => probed(session));
    const yes = seen.log.split('\n').filter((line) => line.endsWith(' yes'));
    mustHold(yes.length === 0, `it may: ${yes.join(', ')}`);
    for (const name of Object.keys(calls)) mustBeRefused(seen.log, name);
    mustHold(/CapEff:\s+0+$/m.test(seen.log), `it has capabilities: ${seen.log}`);
    mustHold(/NoNewPrivs:\s+1/.test(seen.log), `it may get privileges: ${seen.log}`);
    mustHold(/Seccomp:\s+2/.test(seen.log), `no system call is filtered: ${seen.log}`);
    mustHold(/"memory"/.test(JSON.stringify(seen.container['resources'] ?? {})), 'its memory is not bounded');
    const unbounded = seen.pod.spec.volumes.filter(
      ({ emptyDir }) => emptyDir !== undefined && emptyDir.sizeLimit === undefined,
    );
    const mounted = JSON.stringify(seen.container['volumeMounts'] ?? []);
    const its = unbounded.filter(({ name }) => mounted.includes(`"name":"${name}"`));
    mustHold(its.length === 0, `its files are not bounded in ${its.map(({ name }) => name).join(', ')}`);
    await admin.kubectl(['--namespace', attacker.namespace, 'delete', 'nixbuild', 'probe', '--wait=false']);
  },
};

function mustBeRefused(log: string, name: string): void {
  const error = new RegExp(`probe: ${name} error (\\d+)`).exec(log)?.[1];
  if (error === undefined) throw new Error(`${name} was not tried: ${log}`);
  mustHold(Number(error) === EPERM, `the system call ${name} is let through, and ends with error ${error}`);
}

/** The container in which the program has told what it may, in whatever namespace it is run. */
async function probed({ attacker, admin }: Session) {
  for (const namespace of ['enbi', attacker.namespace]) {
    const listed = await admin.kubectl(['--namespace', namespace, 'get', 'pods', '--output=json']);
    for (const pod of Pods.parse(JSON.parse(listed)).items) {
      const found = await probedIn(admin.lists, pod);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

async function probedIn(lists: Session['admin']['lists'], pod: Pod) {
  const { name, namespace } = pod.metadata;
  if (name.startsWith('enbi-controller')) return undefined;
  for (const container of [...pod.spec.initContainers, ...pod.spec.containers]) {
    const log = await lists.log({ namespace, name, container: container.name }).catch(() => '');
    if (log.includes('probe: Seccomp')) return { pod, container, log };
  }
  return undefined;
}
