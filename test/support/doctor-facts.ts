import type { Facts, NodeFacts, OwnContainer, OwnPod } from '../../src/plugin/doctor/facts.ts';
import { aBuild, aNamespace, aNode, aStore } from './builders.ts';

/** What the doctor reads of a cluster that is well: a test states only what is not. */
export const controller = {
  name: 'enbi-controller',
  image: 'enbi.hrzn.ee/enbi:0.1.0',
  serviceAccount: 'enbi-controller',
  wanted: 1,
  available: 1,
  refused: '',
  settings: undefined,
};

export function aNodeSeen(view: Parameters<typeof aNode>[0] = {}, given: Partial<NodeFacts> = {}): NodeFacts {
  return {
    view: aNode(view),
    kubelet: 'v1.37.2',
    diskPressure: false,
    configured: { policy: '', podPidsLimit: 4096 },
    ...given,
  };
}

export function someFacts(given: Partial<Facts> = {}): Facts {
  return {
    server: 'https://api',
    kubernetes: 'v1.37.2',
    pluginVersion: '0.1.0',
    enbiNamespace: 'enbi',
    kubectl: 'kubectl',
    self: 'kubectl enbi',
    policies: [],
    definitions: [{ name: 'nixbuilds.enbi.hrzn.ee', state: 'current' }],
    controller,
    permissions: { asked: 41, lacking: [], readsLogs: true },
    pods: [anOwnPod()],
    nodes: [aNodeSeen()],
    stores: [aStore({ ready: 'True', freeBytes: 100 * 1024 ** 3 })],
    builds: [aBuild({ status: { status: 'Succeeded', nodes: ['node-1'] } })],
    namespaces: [
      { name: 'enbi', view: aNamespace('privileged') },
      { name: 'team', view: aNamespace() },
    ],
    ...given,
  };
}

export function anOwnPod(container: Partial<OwnContainer> = {}, pod: Partial<OwnPod> = {}): OwnPod {
  const image = 'enbi.hrzn.ee/enbi:0.1.0';
  const containers = [{ name: 'controller', image, waiting: '', message: '', restarts: 0, ...container }];
  const place = { namespace: 'enbi', name: 'enbi-controller-5', node: 'node-1', unschedulable: '', asks: image };
  return { role: 'controller', ...place, containers, ...pod };
}
