import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InternalError } from '../src/errors.ts';
import { type Addresses, kubernetesServiceIp, serviceSubnet } from './addresses.ts';
import { type ApiServer, connectApiServer, waitUntil } from './api-server.ts';
import { certificateFiles, createAuthority, createServiceAccountKeys, issue, type Subject } from './certificates.ts';
import { type Daemon, isAlive, startDaemon } from './daemon.ts';
import type { Flavour } from './flavour.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { Folder } from './state.ts';

export interface ControlPlane {
  readonly folder: Folder;
  readonly bin: string;
  readonly flavour: Flavour;
  readonly addresses: Addresses;
}

/** Makes the cluster's certificates and the kubeconfigs of its admin and its control plane. */
export async function createIdentities({ folder, addresses }: ControlPlane): Promise<void> {
  const { pki } = folder;
  await Promise.all([
    createAuthority(pki, 'ca'),
    createAuthority(pki, 'front-proxy-ca'),
    createServiceAccountKeys(pki),
  ]);
  const issued = Object.entries(subjects(addresses)).map(([name, subject]) => issue(pki, 'ca', name, subject));
  await Promise.all([...issued, issue(pki, 'front-proxy-ca', 'front-proxy', { commonName: 'front-proxy-client' })]);
  const server = `https://${addresses.hub}:6443`;
  await writeKubeconfig(join(folder.pki, 'controller-manager.kubeconfig'), pki, server, 'controller-manager');
  await writeKubeconfig(join(folder.pki, 'scheduler.kubeconfig'), pki, server, 'scheduler');
  await writeKubeconfig(folder.kubeconfig, pki, server, 'admin');
}

function subjects(addresses: Addresses): Record<string, Subject> {
  const service = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ];
  const hosts = [...service, 'localhost', '127.0.0.1', kubernetesServiceIp, addresses.hub, addresses.gateway];
  return {
    apiserver: { commonName: 'kube-apiserver', hosts },
    'apiserver-kubelet-client': { commonName: 'kube-apiserver-kubelet-client', organization: 'system:masters' },
    admin: { commonName: 'kubernetes-admin', organization: 'system:masters' },
    'controller-manager': { commonName: 'system:kube-controller-manager' },
    scheduler: { commonName: 'system:kube-scheduler' },
    'kube-proxy': { commonName: 'system:kube-proxy' },
  };
}

/** Starts etcd and the API server, and returns once the API server says that it is ready. */
export async function startApiServer(plane: ControlPlane, serviceAccounts: boolean): Promise<ApiServer> {
  await startInHub(plane, 'etcd', etcdCommand(plane));
  // Alone it is for tests that write without a pause; to be short of memory is a fifth of its work. What a thousand objects of 1 MiB
  // take is below the limit: at it, Go collects garbage without a pause.
  const env = serviceAccounts ? {} : { GOGC: '400', GOMEMLIMIT: '6GiB' };
  const apiServer = await startInHub(plane, 'kube-apiserver', apiServerCommand(plane, serviceAccounts), env);
  const api = await connectApiServer(plane.folder.pki, plane.addresses.hub);
  await waitUntil('the API server is ready', () => isReady(api, apiServer, plane.folder), {
    seconds: 120,
    explain: () => logTail(plane.folder.log, 'kube-apiserver'),
  });
  return api;
}

/** Starts the controllers and the scheduler; they find their way to the API server by themselves. */
export async function startControllers(plane: ControlPlane): Promise<void> {
  await startInHub(plane, 'kube-controller-manager', controllerManagerCommand(plane));
  await startInHub(plane, 'kube-scheduler', schedulerCommand(plane));
}

export async function startInHub(
  plane: ControlPlane,
  name: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Daemon> {
  return await startDaemon(plane.folder, name, ['nsenter', `--net=${plane.folder.hub}`, '--', ...argv], env);
}

async function isReady(api: ApiServer, process: Daemon, folder: Folder): Promise<boolean> {
  if (!isAlive(process)) {
    throw new InternalError(
      'ControlPlaneFailed',
      `kube-apiserver ended: ${await logTail(folder.log, 'kube-apiserver')}`,
    );
  }
  return (await api.get('/readyz')).status === 200;
}

/** The end of a process's log, and where the rest of it is. */
export async function logTail(logFolder: string, name: string): Promise<string> {
  const path = join(logFolder, `${name}.log`);
  const text = await readFile(path, 'utf8').catch(() => '');
  return `The log ${path} ends: ${text.trimEnd().split('\n').slice(-5).join('\n')}`;
}

function etcdCommand({ folder, bin }: ControlPlane): string[] {
  // Losing the last second at a power cut does not matter here; waiting for the disk at every write would.
  return [
    join(bin, 'server'),
    '--name=enbi',
    `--data-dir=${join(folder.root, 'etcd')}`,
    '--unsafe-no-fsync',
    // Four times the default: what hostile tenants write is tried here at its full size.
    '--quota-backend-bytes=8589934592',
    '--log-level=warn',
  ];
}

export function apiServerCommand({ folder, bin, addresses }: ControlPlane, serviceAccounts: boolean): string[] {
  const { pki } = folder;
  const [server, kubelet, proxy] = ['apiserver', 'apiserver-kubelet-client', 'front-proxy'].map((name) =>
    certificateFiles(pki, name),
  );
  const ca = certificateFiles(pki, 'ca').certificate;
  return [
    join(bin, 'kube-apiserver'),
    '--etcd-servers=http://127.0.0.1:2379',
    `--advertise-address=${addresses.gateway}`,
    `--service-cluster-ip-range=${serviceSubnet}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    // Without controllers nobody makes the account `default` that each Pod is otherwise required to have.
    ...(serviceAccounts ? [] : ['--disable-admission-plugins=ServiceAccount']),
    '--allow-privileged=true',
    `--client-ca-file=${ca}`,
    `--tls-cert-file=${server?.certificate}`,
    `--tls-private-key-file=${server?.key}`,
    `--kubelet-certificate-authority=${ca}`,
    `--kubelet-client-certificate=${kubelet?.certificate}`,
    `--kubelet-client-key=${kubelet?.key}`,
    '--kubelet-preferred-address-types=InternalIP',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${join(pki, 'service-account.pub')}`,
    `--service-account-signing-key-file=${join(pki, 'service-account.key')}`,
    `--requestheader-client-ca-file=${certificateFiles(pki, 'front-proxy-ca').certificate}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${proxy?.certificate}`,
    `--proxy-client-key-file=${proxy?.key}`,
  ];
}

export function controllerManagerCommand({ folder, bin, addresses }: ControlPlane): string[] {
  const { pki } = folder;
  const ca = certificateFiles(pki, 'ca');
  const kubeconfig = join(pki, 'controller-manager.kubeconfig');
  return [
    join(bin, 'kube-controller-manager'),
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${join(pki, 'service-account.key')}`,
    `--root-ca-file=${ca.certificate}`,
    `--cluster-signing-cert-file=${ca.certificate}`,
    `--cluster-signing-key-file=${ca.key}`,
    `--cluster-cidr=${addresses.podSubnet}`,
    `--cert-dir=${join(pki, 'controller-manager')}`,
    // The default lies below /usr of the machine.
    `--flex-volume-plugin-dir=${join(folder.root, 'flex-volumes')}`,
    // There is one: it need not wait for another to give up the lead.
    '--leader-elect=false',
  ];
}

export function schedulerCommand({ folder, bin }: ControlPlane): string[] {
  const { pki } = folder;
  const kubeconfig = join(pki, 'scheduler.kubeconfig');
  return [
    join(bin, 'kube-scheduler'),
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--cert-dir=${join(pki, 'scheduler')}`,
    '--leader-elect=false',
  ];
}
