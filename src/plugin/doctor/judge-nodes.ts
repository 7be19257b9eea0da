import type { NixBuild } from '../../cluster-view/objects.ts';
import { runtimeHoles } from '../../cluster-view/runtime-holes.ts';
import { nativeSystem } from '../../cluster-view/system.ts';
import type { Facts, NodeFacts } from './facts.ts';
import { byCommand, type Finding, notAllowed } from './finding.ts';

export function judgeNodes({ nodes, builds, controller, kubectl }: Facts): readonly Finding[] {
  if (nodes === 'forbidden') return [notAllowed('nodes', 'list nodes')];
  if (nodes.length === 0) {
    return [
      { health: 'FAIL', check: 'nodes', message: 'the cluster has none', remedy: 'add a node: builds run on them' },
    ];
  }
  const refuses = controller !== 'forbidden' && controller?.settings?.refuseVulnerableNodes === true;
  const known = builds === 'forbidden' ? [] : builds;
  return nodes.flatMap((node) => [
    judgeState(node, kubectl),
    judgeRuntime(node, refuses),
    judgeSocket(node, known),
    judgeIsolation(node),
    judgeVerification(node),
    ...judgeProcesses(node),
  ]);
}

function judgeState({ view, diskPressure }: NodeFacts, kubectl: string): Finding {
  const about = view.metadata.name;
  const system = nativeSystem(view);
  const found = { check: 'node', about } as const;
  if (!view.ready) {
    return {
      ...found,
      health: 'WARN',
      message: 'not Ready: nothing is built on it',
      ...byCommand(`${kubectl} describe node ${about}`),
    };
  }
  if (diskPressure) {
    const remedy =
      'free space on its disk: stores in /var/lib/enbi/stores only grow, images are in /var/lib/containerd';
    return { ...found, health: 'WARN', message: 'disk pressure: nothing is built on it', remedy };
  }
  if (system === undefined) {
    return { ...found, health: 'WARN', message: `architecture ${view.architecture}: Nix builds no images for it` };
  }
  return {
    ...found,
    health: 'OK',
    message: `Ready, ${system}${view.unschedulable ? ', cordoned: nothing is built on it' : ''}`,
  };
}

function judgeRuntime({ view: { metadata, runtime } }: NodeFacts, refuses: boolean): Finding {
  const found = { check: 'runtime', about: metadata.name } as const;
  if (!runtime.startsWith('containerd://')) {
    const remedy = 'enbi loads images into containerd alone; other nodes are passed over';
    return { ...found, health: 'WARN', message: `${runtime} is not containerd`, remedy };
  }
  const holes = runtimeHoles(runtime);
  if (holes.state === 'unknown')
    return { ...found, health: 'WARN', message: `the version of ${runtime} cannot be read` };
  if (holes.state === 'none') return { ...found, health: 'OK', message: runtime };
  const message = `${runtime} has known holes: an image may become root on the node, or take another's name`;
  const remedy = `bring containerd to ${holes.mendedIn} or later`;
  return refuses
    ? { ...found, health: 'FAIL', message: `${message}; --refuse-vulnerable-nodes: nothing is built on it`, remedy }
    : { ...found, health: 'WARN', message, remedy };
}

/** Only an import proves it: the socket is on the node's disk, where nobody looks from here. */
function judgeSocket({ view, kubelet }: NodeFacts, builds: readonly NixBuild[]): Finding {
  const about = view.metadata.name;
  const found = { check: 'socket', about } as const;
  const missed = builds.some(({ status }) => status.buildNode === about && status.failure?.reason === 'SocketNotFound');
  if (missed) {
    const remedy = 'tell the controller where it is: --containerd-socket (nodes.containerdSocket)';
    return { ...found, health: 'FAIL', message: "an import did not find containerd's socket", remedy };
  }
  if (builds.some(({ status }) => status.nodes?.includes(about))) {
    return { ...found, health: 'OK', message: 'images have been loaded there' };
  }
  const place = socketOf(view.metadata.labels ?? {}, kubelet);
  return { ...found, health: 'NOTE', message: `no image has been loaded there yet; expected at ${place}` };
}

function socketOf(labels: Readonly<Record<string, string>>, kubelet: string): string {
  if (labels['microk8s.io/cluster'] === 'true') return '/var/snap/microk8s/common/run/containerd.sock (MicroK8s)';
  if (/\+(?:k3s|rke2)/.test(kubelet)) return '/run/k3s/containerd/containerd.sock (k3s, RKE2)';
  return kubelet.includes('+k0s')
    ? '/run/k0s/containerd.sock (k0s)'
    : '/run/containerd/containerd.sock, else tried in turn';
}

function judgeIsolation({ view }: NodeFacts): Finding {
  const found = { check: 'isolation', about: view.metadata.name } as const;
  if (view.userNamespaces) return { ...found, health: 'OK', message: 'user namespaces: builds can be Sandboxed' };
  return { ...found, health: 'OK', message: 'no user namespaces: builds are Unprivileged, without Nix sandbox' };
}

function judgeVerification({ view, configured }: NodeFacts): Finding {
  const found = { check: 'kubelet', about: view.metadata.name } as const;
  if ('unknown' in configured) return { ...found, health: 'NOTE', message: configured.unknown };
  const { policy } = configured;
  const said = `imagePullCredentialsVerificationPolicy ${policy === '' ? 'at its default' : policy}`;
  const remedy = 'set it to NeverVerifyPreloadedImages, the default';
  if (policy === 'AlwaysVerify')
    return { ...found, health: 'FAIL', message: `${said}: it refuses images that enbi loads`, remedy };
  if (policy === 'NeverVerifyAllowlistedImages') {
    return {
      ...found,
      health: 'WARN',
      message: `${said}: only images of its list are used`,
      remedy: `list them, or ${remedy}`,
    };
  }
  return { ...found, health: 'OK', message: `${said}: images that enbi loads are used` };
}

/** A build is a Pod like others: what it forks, only its kubelet bounds. */
function judgeProcesses({ view, configured }: NodeFacts): readonly Finding[] {
  if ('unknown' in configured) return [];
  const found = { check: 'processes', about: view.metadata.name } as const;
  const { podPidsLimit } = configured;
  if (podPidsLimit !== undefined)
    return [{ ...found, health: 'OK', message: `a Pod may have ${podPidsLimit} processes at once` }];
  const message = 'podPidsLimit is not set: one build may make as many processes as the node can have';
  const remedy = "set podPidsLimit in the kubelet's configuration, to 4096 for example";
  return [{ ...found, health: 'WARN', message, remedy }];
}
