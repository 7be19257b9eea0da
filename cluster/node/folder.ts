import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NodeAddresses } from '../addresses.ts';
import { writeBusyboxArchive } from '../busybox-image.ts';
import { certificateFiles, issue } from '../certificates.ts';
import { runOrThrow } from '../command.ts';
import type { ControlPlane } from '../control-plane.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import type { Folder } from '../state.ts';
import { cniConfig, containerdConfig, sandboxImage } from './containerd.ts';
import { kubeletConfig, kubeletSysctls } from './kubelet.ts';
import { layouts } from './layout.ts';

/** The node's disk: what it keeps over a crash, and what it is told at its start. */
export function nodeFolder(folder: Folder, name: string): string {
  return join(folder.root, 'nodes', name);
}

/** Makes or refreshes everything in the node's folder. */
export async function furnishNode(plane: ControlPlane, name: string, node: NodeAddresses, cgroupRoot: string) {
  const root = nodeFolder(plane.folder, name);
  const layout = layouts[plane.flavour.layout];
  if (!existsSync(join(root, 'etc'))) await createDisk(root, name);
  await giveIdentity(plane, root, name, node);
  const files = {
    'kubelet.yaml': kubeletConfig(cgroupRoot, plane.addresses.gateway, layout),
    [layout.containerdConfig]: containerdConfig(plane.flavour),
    [`${layout.cniConfigs}/10-pods.conflist`]: cniConfig(node.podSubnet),
    ...Object.fromEntries(Object.entries(kubeletSysctls).map(([key, value]) => [`sysctl/${key}`, `${value}\n`])),
  };
  await mkdir(join(root, layout.registries), { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

async function createDisk(root: string, name: string): Promise<void> {
  const folders = ['run', 'opt', 'tmp', 'log', 'var/lib', 'var/log', 'var/tmp', 'var/cache'];
  for (const folder of folders) await mkdir(join(root, folder), { recursive: true });
  await runOrThrow(['chmod', '1777', join(root, 'tmp'), join(root, 'var/tmp')]);
  await runOrThrow(['ln', '--symbolic', '/run', join(root, 'var/run')]);
  await writeBusyboxArchive(join(root, 'sandbox.tar'), {
    name: sandboxImage,
    entrypoint: ['/bin/sleep', '2147483647'],
    programs: ['sleep'],
  });
  await createEtc(root, name);
}

/** A copy of the machine's: programs that the node shares with the machine read their own settings there. */
async function createEtc(root: string, name: string): Promise<void> {
  const etc = join(root, 'etc');
  await runOrThrow(['cp', '--archive', '/etc', `${etc}.new`]);
  // A nameserver that refuses makes a pull fail at once; one that is silent lets it hang for half a minute.
  const own = {
    'resolv.conf': 'nameserver 127.0.0.1\n',
    hostname: `${name}\n`,
    'machine-id': `${randomBytes(16).toString('hex')}\n`,
  };
  for (const [file, content] of Object.entries(own)) {
    // On many machines resolv.conf is a link to somewhere the node does not have.
    await runOrThrow(['rm', '--force', join(`${etc}.new`, file)]);
    await writeFile(join(`${etc}.new`, file), content);
  }
  await writeFile(join(`${etc}.new`, 'hosts'), `127.0.0.1 localhost\n127.0.1.1 ${name}\n`);
  await runOrThrow(['mv', `${etc}.new`, etc]);
}

async function giveIdentity({ folder, addresses }: ControlPlane, root: string, name: string, node: NodeAddresses) {
  const { pki } = folder;
  const subject = { commonName: `system:node:${name}`, organization: 'system:nodes', hosts: [name, node.ip] };
  const { certificate, key } = await issue(pki, 'ca', name, subject);
  await copyFile(certificate, join(root, 'kubelet.crt'));
  await copyFile(key, join(root, 'kubelet.key'));
  await copyFile(certificateFiles(pki, 'ca').certificate, join(root, 'ca.crt'));
  const server = `https://${addresses.gateway}:6443`;
  await writeKubeconfig(join(root, 'kubelet.kubeconfig'), pki, server, name);
  await writeKubeconfig(join(root, 'kube-proxy.kubeconfig'), pki, server, 'kube-proxy');
}
