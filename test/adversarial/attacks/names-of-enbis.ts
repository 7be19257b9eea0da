import { group, label, manager, ordersAnnotation } from '../../../src/api/labels.ts';
import { jobName } from '../../../src/controllers/builds/names.ts';
import type { NixBuild } from '../../support/objects.ts';
import { type Attack, mustHold } from '../attack.ts';
import { aWaitingPod } from '../waiting-pod.ts';

export const attack: Attack = {
  name: 'names-of-enbis',
  kind: "stops others' builds",
  rights: 'a tenant who may also make Leases',
  steps:
    "makes in their own namespace a Lease of the controller's name, and a Job and a Pod with all names, labels and annotations of those that work for another tenant's NixBuild",
  holds: "the other's build is not held up by them, and takes nothing from them",
  quick: true,
  alone: true,
  moreRights: [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] }],
  async run(session) {
    const { attacker, victim, admin } = session;
    await attacker.kubectl(['create', '--filename=-'], JSON.stringify(lease));
    const building = session.victimBuilds();
    building.catch(() => undefined);
    const build = await session.waitFor("the victim's NixBuild is there", async () =>
      (await admin.lists.builds(victim.namespace)).find(({ status }) => status.attempts !== undefined),
    );
    const fakes = [fakeJob(build, 'build'), fakeJob(build, 'import'), fakeAgent(build), fakePod(build)];
    for (const fake of fakes) await session.anyway(() => attacker.create(fake));
    const { status } = await building;
    mustHold(status.attempts === 1, `the build took ${status.attempts} attempts`);
  },
};

const lease = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'enbi-controller', labels: { 'app.kubernetes.io/name': 'enbi' } },
  spec: { holderIdentity: 'nobody', leaseDurationSeconds: 3600 },
};

function metadataFor({ metadata }: NixBuild, name: string): object {
  return {
    name,
    labels: {
      [label.managedBy]: manager,
      [label.buildUid]: metadata.uid,
      [label.component]: 'agent',
      [label.agentOf]: metadata.uid,
    },
    annotations: {
      [label.buildNamespace]: metadata.namespace,
      [label.buildName]: metadata.name,
      [`${group}/order`]: '{}',
    },
  };
}

function fakeJob(build: NixBuild, kind: 'build' | 'import'): object {
  const asProjected = { metadata: { ...build.metadata, resourceVersion: '' }, spec: build.spec, status: build.status };
  const pod = aWaitingPod('never') as { spec: object };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadataFor(build, jobName(asProjected).replace('-build-', `-${kind}-`)),
    spec: { template: { spec: { ...pod.spec, restartPolicy: 'Never' } } },
  };
}

/** As the agent is named that does the build's import, once that is known. */
function fakeAgent(build: NixBuild): object {
  const { buildNode = 'node-1', importJobName = `enbi-agent-${buildNode}-0000000000` } = build.status;
  const { metadata } = fakeJob(build, 'build') as { metadata: { annotations: object } };
  const annotations = { ...metadata.annotations, [label.agentNode]: buildNode, [ordersAnnotation]: '{}' };
  return { ...fakeJob(build, 'build'), metadata: { ...metadata, annotations, name: importJobName } };
}

function fakePod(build: NixBuild): object {
  return { ...aWaitingPod('fake'), metadata: metadataFor(build, 'fake') };
}
