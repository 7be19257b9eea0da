import { UserError } from '../src/errors.ts';

/**
 * Who has which address. Every cluster has a slot; only the link between host and hub must be distinct on the machine,
 * but distinct networks throughout make a capture or a log readable, and let the host route to Pods and nodes.
 *
 *   host 10.212.S.1 ──/30── 10.212.S.2 hub 10.213.S.1 ──bridge── 10.213.S.11 node-1 ── Pods 10.(160+S).1.0/24
 */
export interface Addresses {
  readonly slot: number;
  readonly hostLink: string;
  readonly host: string;
  /** Where the host finds the API server. */
  readonly hub: string;
  /** Where nodes and Pods find the API server: the hub's address on the bridge. */
  readonly gateway: string;
  readonly hostSubnet: string;
  readonly nodeSubnet: string;
  readonly podSubnet: string;
}

export interface NodeAddresses {
  readonly ip: string;
  readonly podSubnet: string;
  /** The hub's end of the node's cable. */
  readonly hubLink: string;
}

/** Bounded so that the Pods' 10.(160+S) stays below the 10.212 and 10.213 of hosts and nodes. */
export const slotCount = 50;
export const maxNodes = 50;
/** The same in every cluster: Service addresses exist only inside the nodes. */
export const serviceSubnet = '10.96.0.0/16';
export const kubernetesServiceIp = '10.96.0.1';

export function addressesOf(slot: number): Addresses {
  return {
    slot,
    hostLink: `enbi${slot}`,
    host: `10.212.${slot}.1`,
    hub: `10.212.${slot}.2`,
    gateway: `10.213.${slot}.1`,
    hostSubnet: `10.212.${slot}.0/30`,
    nodeSubnet: `10.213.${slot}.0/24`,
    podSubnet: `10.${160 + slot}.0.0/16`,
  };
}

export function nodeAddresses(cluster: Addresses, number: number): NodeAddresses {
  return {
    ip: `10.213.${cluster.slot}.${10 + number}`,
    podSubnet: `10.${160 + cluster.slot}.${number}.0/24`,
    hubLink: `node${number}`,
  };
}

/** The first slot none of whose networks overlaps a network the machine already routes to. */
export function freeSlot(routed: readonly string[], firstSlot = 0): number {
  for (let slot = firstSlot; slot < slotCount; slot++) {
    const { hostSubnet, nodeSubnet, podSubnet } = addressesOf(slot);
    const wanted = [hostSubnet, nodeSubnet, podSubnet];
    if (!wanted.some((subnet) => routed.some((route) => overlaps(subnet, route)))) return slot;
  }
  throw new UserError(
    'AddressesInUse',
    `every address range a cluster could take (10.212.S.0/30, 10.213.S.0/24, 10.(160+S).0.0/16) overlaps a route of this machine: ${routed.join(', ')}; remove a cluster (down) or the route (ip route del)`,
  );
}

/** Whether two IPv4 networks, written as address or address/length, share an address. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [parse(one), parse(other)];
  const length = Math.min(a.length, b.length);
  const mask = length === 0 ? 0 : (-1 << (32 - length)) >>> 0;
  return (a.address & mask) >>> 0 === (b.address & mask) >>> 0;
}

function parse(network: string): { address: number; length: number } {
  const [address = '', length = '32'] = network.split('/');
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return { address: value, length: Number(length) };
}
