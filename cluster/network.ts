import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Addresses, addressesOf, freeSlot, type NodeAddresses } from './addresses.ts';
import { run, runOrThrow } from './command.ts';
import type { Folder } from './state.ts';

/**
 * The hub is a network namespace that holds the bridge and the control plane. The host reaches it over one cable, so all
 * traffic is the host's own INPUT and OUTPUT, never FORWARD: Docker's FORWARD policy DROP and br_netfilter cannot touch it.
 */
export async function createHub(folder: Folder, decided: (slot: number) => Promise<void>): Promise<Addresses> {
  await createNamespace(folder.hub);
  const addresses = await plugIntoHost(folder, decided);
  await inNamespace(folder.hub, [
    'link set lo up',
    `address add ${addresses.hub}/30 dev host`,
    'link set host up',
    `route add default via ${addresses.host}`,
    'link add nodes type bridge',
    `address add ${addresses.gateway}/24 dev nodes`,
    'link set nodes up',
  ]);
  await setSysctls(folder.hub, { 'net.ipv4.ip_forward': '1', 'net.ipv4.conf.all.send_redirects': '0' });
  await ip([`address add ${addresses.host}/30 dev ${addresses.hostLink}`, `link set ${addresses.hostLink} up`]);
  await ip([addresses.nodeSubnet, addresses.podSubnet].map((subnet) => `route add ${subnet} via ${addresses.hub}`));
  return addresses;
}

/** Throws UserError `AddressesInUse` when no cluster could have networks here, which is cheap to know beforehand. */
export async function assertAddressesFree(): Promise<void> {
  freeSlot(await routedSubnets());
}

/** The kernel refuses a second link of one name, so two clusters that start at the same time end up in different slots. */
async function plugIntoHost(folder: Folder, decided: (slot: number) => Promise<void>): Promise<Addresses> {
  const routed = await routedSubnets();
  for (let slot = freeSlot(routed); ; slot = freeSlot(routed, slot + 1)) {
    const addresses = addressesOf(slot);
    await decided(slot);
    // The far end is born inside the hub: when the hub goes, both ends, the address and the routes go with it.
    const argv = ['ip', 'link', 'add', addresses.hostLink, 'type', 'veth', 'peer', 'name', 'host', 'netns', folder.hub];
    const { code, stderr } = await run(argv);
    if (code === 0) return addresses;
    if (!stderr.includes('File exists')) await runOrThrow(argv);
  }
}

async function routedSubnets(): Promise<string[]> {
  const routes = await runOrThrow(['ip', '-4', 'route', 'show', 'table', 'all']);
  const destinations = routes.split('\n').map((line) => line.replace(/^(local|broadcast|unreachable|blackhole) /, ''));
  return destinations.flatMap((line) => /^(\d+\.\d+\.\d+\.\d+(?:\/\d+)?) /.exec(`${line} `)?.[1] ?? []);
}

/** Plugs a node's network namespace into the hub's bridge. Does nothing when the node has been plugged in before. */
export async function createNodeNetwork(folder: Folder, cluster: Addresses, node: NodeAddresses, name: string) {
  const namespace = namespaceOf(folder, name);
  if (await isMounted(namespace)) return;
  await createNamespace(namespace);
  await inNamespace(folder.hub, [
    `link add ${node.hubLink} type veth peer name eth0 netns ${namespace}`,
    `link set ${node.hubLink} master nodes up`,
    `route add ${node.podSubnet} via ${node.ip}`,
  ]);
  await inNamespace(namespace, [
    'link set lo up',
    `address add ${node.ip}/24 dev eth0`,
    'link set eth0 up',
    `route add default via ${cluster.gateway}`,
  ]);
  // A Pod that reaches another Pod of its node through a Service needs the bridge to show the reply to iptables.
  await setSysctls(namespace, { 'net.ipv4.ip_forward': '1', 'net.bridge.bridge-nf-call-iptables': '1' });
}

export function namespaceOf(folder: Folder, node: string): string {
  return join(folder.netns, node);
}

/** Frees the cluster's network namespaces; everything inside them, and the cable to the host, ends with them. */
export async function removeNetwork(folder: Folder, namespaces: readonly string[]): Promise<void> {
  if (await isMounted(folder.hub)) {
    // A namespace is dismantled some time after its last user; a link that is asked to go is gone at once.
    await run(['nsenter', `--net=${folder.hub}`, 'ip', 'link', 'del', 'host']);
  }
  for (const namespace of namespaces) {
    while (await isMounted(namespace)) await runOrThrow(['umount', namespace]);
    await rm(namespace, { force: true });
  }
}

async function createNamespace(path: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, '');
  await runOrThrow(['unshare', `--net=${path}`, 'true']);
}

export async function isMounted(path: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  return mounts.split('\n').some((line) => line.split(' ')[4] === path);
}

async function setSysctls(namespace: string, values: Readonly<Record<string, string>>): Promise<void> {
  const writes = Object.entries(values).map(
    ([key, value]) => [`/proc/sys/${key.replaceAll('.', '/')}`, value] as const,
  );
  // Files below bridge/ exist only where the module br_netfilter does.
  const script = writes.filter(([file]) => existsSync(file)).map(([file, value]) => `echo ${value} > ${file}`);
  await runOrThrow(['nsenter', `--net=${namespace}`, 'sh', '-ec', script.join('\n')]);
}

async function inNamespace(namespace: string, commands: readonly string[]): Promise<void> {
  await runOrThrow(['nsenter', `--net=${namespace}`, 'ip', '-batch', '-'], { stdin: `${commands.join('\n')}\n` });
}

async function ip(commands: readonly string[]): Promise<void> {
  await runOrThrow(['ip', '-batch', '-'], { stdin: `${commands.join('\n')}\n` });
}
