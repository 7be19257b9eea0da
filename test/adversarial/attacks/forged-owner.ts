import { aNixBuild, confined } from '../../e2e/support/manifests.ts';
import type { Job } from '../../support/objects.ts';
import { type Attack, mustHold } from '../attack.ts';
import { foreignFinalizer } from '../namespaces.ts';
import type { Session } from '../session.ts';
import { slowFlake } from '../slow-flake.ts';

const repository = 'forged-owner-slow';
const lie = 'forged by another tenant';

export const attack: Attack = {
  name: 'forged-owner',
  kind: 'runs as somebody else',
  rights: "a tenant who has learnt the name and uid of the Job of another tenant's build",
  steps:
    "makes a Pod that says it belongs to that Job, and ends with a result of its own making, before the other's does",
  holds: 'the result of a build is what its own Pod says',
  quick: false,
  alone: true,
  repositories: { [repository]: { '1.0.0': slowFlake(repository, 30) } },
  async run(session) {
    const { attacker, victim, admin } = session;
    await attacker.create(liar(session));
    await session.waitFor('the lie is told', async () =>
      (await admin.lists.pods(attacker.namespace)).find(({ status }) => status.phase === 'Failed'),
    );
    const name = 'slow';
    await victim.create(aNixBuild({ name, flakeUrl: session.flake(repository), imageTag: session.image(name) }));
    const job = await session.waitFor("the victim's Job is there", async () =>
      (await admin.lists.jobs(victim.namespace)).find(({ metadata }) => metadata.name.startsWith(name)),
    );
    await session.anyway(() => attacker.patch('Pod', 'liar', { metadata: asIfOf(job) }));
    const build = await session.waitFor("the victim's build ends", async () =>
      (await admin.lists.builds(victim.namespace)).find(
        ({ metadata, status }) => metadata.name === name && /Succeeded|Failed/.test(status.status ?? ''),
      ),
    );
    mustHold(build.status.status === 'Succeeded', `the victim was told: ${JSON.stringify(build.status.failure)}`);
    const { attempts, lockedUrl = '' } = build.status;
    mustHold(attempts === 1, `the victim's build needed ${attempts} attempts`);
    mustHold(!lockedUrl.includes('evil'), `the victim was told that it built ${lockedUrl}`);
  },
};

function asIfOf({ metadata: { name, uid, labels, annotations } }: Job): object {
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true, blockOwnerDeletion: false };
  return {
    labels: { ...labels, 'batch.kubernetes.io/job-name': name, 'job-name': name, 'controller-uid': uid },
    annotations,
    ownerReferences: [owner],
    // The garbage collector finds no such Job in this namespace.
    finalizers: [foreignFinalizer],
  };
}

function liar({ enbiImage: image }: Session): object {
  const result = (value: object, code: number) =>
    `printf '%s' '${JSON.stringify(value)}' > /dev/termination-log; exit ${code}`;
  const container = (name: string, script: string) => ({
    name,
    image,
    command: ['/bin/sh', '-c', script],
    ...confined,
  });
  const failure = { ok: false, reason: 'BuilderFailed', retry: false, message: lie };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'liar' },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      initContainers: [container('fetch', result({ ok: true, lockedUrl: 'git://evil.example/x' }, 0))],
      containers: [container('build', result(failure, 10))],
    },
  };
}
