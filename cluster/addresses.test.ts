import { expect, test } from 'vitest';
import { addressesOf, freeSlot, nodeAddresses, overlaps, slotCount } from './addresses.ts';

test('gives every slot and node networks of its own', () => {
  const clusters = Array.from({ length: slotCount }, (_, slot) => addressesOf(slot));
  const networks = clusters.flatMap(({ hostSubnet, nodeSubnet, podSubnet }) => [hostSubnet, nodeSubnet, podSubnet]);
  const clashes = networks.flatMap((one, index) => networks.slice(index + 1).filter((other) => overlaps(one, other)));
  expect(clashes).toEqual([]);
});

test('keeps a node inside the networks of its cluster', () => {
  const cluster = addressesOf(3);
  expect(nodeAddresses(cluster, 2)).toEqual({ ip: '10.213.3.12', podSubnet: '10.163.2.0/24', hubLink: 'node2' });
  expect(overlaps(nodeAddresses(cluster, 2).ip, cluster.nodeSubnet)).toBe(true);
  expect(overlaps(nodeAddresses(cluster, 2).podSubnet, cluster.podSubnet)).toBe(true);
});

test.each([
  ['10.0.0.0/8', '10.213.0.0/24', true],
  ['10.213.1.0/24', '10.213.0.0/24', false],
  ['10.212.0.2', '10.212.0.0/30', true],
  ['10.212.0.4', '10.212.0.0/30', false],
  ['0.0.0.0/0', '192.168.1.1', true],
  ['224.0.0.0/4', '239.1.2.3', true],
])('%s and %s overlap: %s', (one, other, expected) => {
  expect(overlaps(one, other)).toBe(expected);
  expect(overlaps(other, one)).toBe(expected);
});

test.each([
  ['the first slot of a machine with ordinary networks', ['192.168.1.0/24', '172.17.0.0/16'], 0],
  ['the next slot when a cluster has the first', ['10.212.0.0/30', '10.213.0.0/24', '10.160.0.0/16'], 1],
  ['a slot beyond a network that covers some', ['10.160.0.0/14'], 4],
])('takes %s', (_, routed, slot) => {
  expect(freeSlot(routed)).toBe(slot);
});

test('says which routes are in the way, and what to do', () => {
  expect(() => freeSlot(['10.0.0.0/8'])).toThrow(/overlaps a route of this machine: 10\.0\.0\.0\/8; remove/);
});
