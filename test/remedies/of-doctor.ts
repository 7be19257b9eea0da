import { repelLabel } from '../../src/api/labels.ts';
import type { NixBuildStatus } from '../../src/api/nix-build.ts';
import type { Facts } from '../../src/plugin/doctor/facts.ts';
import { judge } from '../../src/plugin/doctor/judge.ts';
import { aNamespace, aStore } from '../support/builders.ts';
import { aNodeSeen, anOwnPod, controller, someFacts } from '../support/doctor-facts.ts';
import { names, type Printed, theBuild } from './printed.ts';

const crds = (state: 'missing' | 'another version') => ({ definitions: [{ name: 'nixbuilds.enbi.hrzn.ee', state }] });
const failed: NixBuildStatus = { status: 'Failed', failure: { stage: 'Build', reason: 'NotAnImage', message: '' } };
const ended = { exitCode: 1, reason: 'Error', message: '' };
const taint = { key: 'example.com/a', value: 'b', effect: 'NoSchedule' };
const store = { ...aStore({ ready: 'False' }), metadata: { ...aStore().metadata, name: names.store } };

/** What whoever asks has given; of any cluster. */
const flag = '--context enbi';

/** Each with something wrong that the doctor has a command for. */
const situations: readonly Partial<Facts>[] = [
  crds('missing'),
  crds('another version'),
  { controller: { ...controller, available: 0 } },
  { permissions: { asked: 2, lacking: ['create batch/jobs'], readsLogs: true } },
  {
    policies: ['jobs', 'objects', 'tenants'].map((name) => ({
      file: `deploy/admission-${name}.yaml`,
      objects: [{ name: 'a', state: 'missing' }],
    })),
  },
  { pods: [anOwnPod({ waiting: 'ErrImagePull' })] },
  { pods: [anOwnPod({ waiting: 'CreateContainerConfigError' })] },
  { pods: [anOwnPod({ waiting: 'CrashLoopBackOff', restarts: 6, ended })] },
  { pods: [anOwnPod({}, { node: '', unschedulable: '0/1 nodes are available', containers: [] })] },
  {
    pods: [anOwnPod({ restarts: 0, ended }, { role: 'agent', name: names.pod, namespace: names.namespace })],
    enbiNamespace: names.namespace,
  },
  { nodes: [aNodeSeen({ ready: false })] },
  { nodes: [aNodeSeen({ unschedulable: true })] },
  { nodes: [aNodeSeen({ labels: { [repelLabel]: '' } })] },
  { nodes: [aNodeSeen({ taints: [taint] })] },
  { stores: [store] },
  { namespaces: [{ name: 'enbi', view: aNamespace() }] },
  { builds: [theBuild({ status: failed }), theBuild({ status: failed })] },
];

export function printedByDoctor(): readonly Printed[] {
  const asked = { kubectl: `kubectl ${flag}`, self: `kubectl enbi ${flag}` };
  return situations
    .flatMap((situation) => judge(someFacts({ ...asked, ...situation })))
    .map(({ remedy = '', commands = [] }) => ({ text: remedy, commands }));
}
