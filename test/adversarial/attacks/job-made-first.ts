import { jobName } from '../../../src/controllers/builds/names.ts';
import { aNixBuild, confined } from '../../e2e/support/manifests.ts';
import { type NixBuild, NixBuild as ParsedBuild } from '../../support/objects.ts';
import type { Attack } from '../attack.ts';
import type { Session } from '../session.ts';

export const attack: Attack = {
  name: 'job-made-first',
  kind: "stops others' builds",
  rights: 'a tenant who may make Jobs in its namespace',
  steps:
    'makes the Jobs of its attempts before enbi does, by their names, labels and owners, with a program that never ends',
  holds: 'enbi takes no Job for its own that is not what it asked for, and no slot is held by one',
  quick: false,
  alone: true,
  async run(session) {
    await session.oneNode();
    // First one of no build's: no policy keeps the labels of enbi's Jobs from it afterwards.
    await session.anyway(() => session.attacker.create(probe(session.enbiImage)));
    const names = Array.from({ length: await session.admin.slots() }, (_, index) => `first-${index}`);
    for (const name of names) await makeJobsOf(session, name);
    const hasEnded = ({ status }: NixBuild) => status.status === 'Succeeded' || status.status === 'Failed';
    for (const name of names.slice(0, 2)) {
      await session.attackersBuild({ name, isSo: hasEnded, what: `${name} ends`, seconds: 180 });
    }
    await session.victimBuilds();
  },
};

async function makeJobsOf(session: Session, name: string): Promise<void> {
  const { attacker, enbiImage } = session;
  await attacker.create(aNixBuild({ name, flakeUrl: session.flake('hello'), imageTag: session.image(name) }));
  const raw: unknown = JSON.parse(await attacker.kubectl(['get', 'nixbuild', name, '--output=json']));
  const build = ParsedBuild.parse(raw);
  for (const attempts of [0, 1, 2]) {
    const job = neverEnding(build, jobName(forAttempt(build, attempts)), enbiImage);
    await attacker.create(job).catch(() => undefined);
  }
}

function probe(image: string): object {
  const metadata = { name: 'probe', namespace: '', uid: '00000000-0000-4000-8000-000000000000', creationTimestamp: '' };
  return neverEnding({ metadata: { ...metadata, labels: {}, annotations: {} } }, 'probe', image);
}

function forAttempt({ metadata, spec }: NixBuild, attempts: number) {
  return { metadata: { ...metadata, resourceVersion: '' }, spec, status: { attempts } };
}

function neverEnding({ metadata }: Pick<NixBuild, 'metadata'>, name: string, image: string): object {
  const labels = {
    'app.kubernetes.io/managed-by': 'enbi',
    'app.kubernetes.io/component': 'build',
    'enbi.hrzn.ee/build-uid': metadata.uid,
  };
  const annotations = {
    'enbi.hrzn.ee/build-namespace': metadata.namespace,
    'enbi.hrzn.ee/build-name': metadata.name,
    'enbi.hrzn.ee/order': '{}',
  };
  const owner = { apiVersion: 'enbi.hrzn.ee/v1alpha1', kind: 'NixBuild', name: metadata.name, uid: metadata.uid };
  const spec = {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [{ name: 'build', image, command: ['/bin/sh', '-c', 'sleep 1000000'], ...confined }],
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      labels,
      annotations,
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: false }],
    },
    spec: { backoffLimit: 0, template: { metadata: { labels, annotations }, spec } },
  };
}
