import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { addressesOf, nodeAddresses } from '../addresses.ts';
import { containerdNames, usual } from '../flavour.ts';
import { cniConfig, containerdArguments, containerdConfig, sandboxImage } from './containerd.ts';
import { kubeletArguments, kubeletConfig, proxyArguments } from './kubelet.ts';
import { layoutNames, layouts } from './layout.ts';

const cluster = addressesOf(1);
const node = nodeAddresses(cluster, 2);

test('the kubelet asks the API server about its callers', () => {
  const config = parse(kubeletConfig('/enbi-x/node-2', cluster.gateway, layouts.plain));
  expect(config.authentication.anonymous.enabled).toBe(false);
  expect(config.authentication.webhook.enabled).toBe(true);
  expect(config.authorization.mode).toBe('Webhook');
});

test('the kubelet has a cgroup of its own and reads the node’s resolv.conf', () => {
  const config = parse(kubeletConfig('/enbi-x/node-2', cluster.gateway, layouts.plain));
  expect(config.cgroupRoot).toBe('/enbi-x/node-2');
  expect(config.resolvConf).toBe('/etc/resolv.conf');
});

test('no argument contains a space: init.sh splits them there', () => {
  const all = [
    ...kubeletArguments('node-2', node, layouts.k3s),
    ...proxyArguments('node-2', cluster),
    ...containerdArguments(layouts.k3s),
  ];
  expect(all.filter((argument) => /\s/.test(argument))).toEqual([]);
  expect(all).toContain('--node-ip=10.213.1.12');
});

test('containerd never asks a registry for the sandbox image', () => {
  for (const containerd of containerdNames) {
    expect(containerdConfig({ ...usual, containerd })).toMatch(new RegExp(`sandbox(_image)? = '${sandboxImage}'`));
  }
  expect(sandboxImage).toMatch(/^localhost\//);
});

test('Pods get addresses of their node’s network', () => {
  const { plugins } = JSON.parse(cniConfig(node.podSubnet));
  expect(plugins[0].ipam.ranges).toEqual([[{ subnet: '10.161.2.0/24' }]]);
  expect(plugins.map(({ type }: { type: string }) => type)).toEqual(['bridge', 'portmap']);
});

test.each(layoutNames)('in the layout %s, kubelet and containerd agree on the socket', (layout) => {
  const { socket, kubeletRoot } = layouts[layout];
  expect(containerdArguments(layouts[layout])).toContain(`--address=${socket}`);
  expect(parse(kubeletConfig('/x', '10.0.0.1', layouts[layout])).containerRuntimeEndpoint).toBe(`unix://${socket}`);
  expect(kubeletArguments('node-2', node, layouts[layout])).toContain(`--root-dir=${kubeletRoot}`);
});

test('only the plain layout has a socket where everybody looks', () => {
  const there = layoutNames.filter((name) => layouts[name].socket.startsWith(layouts.plain.containerdState));
  expect(there).toEqual(['plain']);
});
