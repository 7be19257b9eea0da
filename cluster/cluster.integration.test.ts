import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { writeBusyboxArchive } from './busybox-image.ts';
import { type Cluster, down, find, up } from './cluster.ts';
import { usual } from './flavour.ts';

const report = () => undefined;
const AddressInfo = z.object({ port: z.int() });
const image = 'example.test/busybox:1';
let scratch: string;
let one: Cluster;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'enbi-cluster-test-'));
  process.env.ENBI_CLUSTER_STATE = join(scratch, 'state');
  await writeBusyboxArchive(join(scratch, 'busybox.tar'), {
    name: image,
    entrypoint: [
      '/bin/sh',
      '-c',
      'mkdir -p /tmp/www; hostname >/tmp/www/index.html; echo serving; httpd -f -p 8080 -h /tmp/www',
    ],
    programs: ['cat', 'echo', 'hostname', 'httpd', 'mkdir', 'sleep', 'wget'],
  });
  one = await up({ name: 'one', nodes: 2, report });
  await one.load(join(scratch, 'busybox.tar'));
  await applyPods();
});

afterAll(async () => {
  for (const name of ['one', 'two', 'bare']) await down(name);
  await rm(scratch, { recursive: true, force: true });
});

describe('a cluster', () => {
  test('is found by a second up and by its name', async () => {
    const again = await up({ name: 'one', nodes: 2, report });
    expect(again.kubeconfig).toBe(one.kubeconfig);
    expect((await find('one'))?.nodes).toEqual(['node-1', 'node-2']);
    expect(await find('two')).toBeUndefined();
  });

  test('is not given to whoever asks for another', async () => {
    const asked = up({ name: 'one', nodes: 2, layout: 'k3s', report });
    await expect(asked).rejects.toThrow('cluster "one" is up with --layout plain, not --layout k3s');
    expect((await up({ name: 'one', report })).flavour).toEqual(usual);
  });

  test('stands beside another, and beside one without nodes', async () => {
    const [two, bare] = await Promise.all([
      up({ name: 'two', nodes: 1, layout: 'k0s', report }),
      up({ name: 'bare', nodes: 0, report }),
    ]);
    expect(await two.kubectl(['get', 'nodes', '--output=name'])).toBe('node/node-1\n');
    expect(await bare.kubectl(['get', 'nodes', '--output=name'])).toBe('');
    // k0s' places, also for whoever finds the cluster later, and for a node that comes back.
    const found = await find('two');
    await found?.load(join(scratch, 'busybox.tar'));
    await found?.kill('node-1');
    await found?.start('node-1');
    expect((await two.exec('node-1', ['ctr', '--namespace=k8s.io', 'images', 'ls', '-q'])).stdout).toContain(image);
    expect((await two.exec('node-1', ['find', '/run', '-name', 'containerd.sock'])).stdout).toBe(
      '/run/k0s/containerd.sock\n',
    );
    await Promise.all([two.down(), bare.down()]);
    expect(await find('two')).toBeUndefined();
    expect(await podField('near', '{.status.phase}')).toBe('Running');
  });

  test('refuses names and nodes that cannot be', async () => {
    await expect(up({ name: '../x', nodes: 1, report })).rejects.toThrow('cannot name a cluster');
    await expect(one.exec('node-9', ['true'])).rejects.toThrow('has no node "node-9"; it has: node-1, node-2');
  });

  test('keeps Pod Security Admission on', async () => {
    await one.kubectl(['create', 'namespace', 'strict']);
    await one.kubectl(['label', 'namespace', 'strict', 'pod-security.kubernetes.io/enforce=restricted']);
    const pod = JSON.stringify(aPod('privileged', { hostNetwork: true }));
    await expect(one.kubectl(['apply', '--namespace=strict', '--filename=-'], pod)).rejects.toThrow(
      'violates PodSecurity',
    );
  });
});

describe('a Pod from a loaded image', () => {
  test('runs, is logged and can be entered', async () => {
    expect(await one.kubectl(['logs', 'near'])).toBe('serving\n');
    expect(await one.kubectl(['exec', 'far', '--', 'cat', '/tmp/www/index.html'])).toBe('far\n');
  });

  test('is reached through a port-forward', async () => {
    expect(await portForward('near', async (port) => await (await fetch(`http://127.0.0.1:${port}/`)).text())).toBe(
      'near\n',
    );
  });

  test('is reached from a Pod of another node, through a Service, and from the host', async () => {
    const address = await podField('far', '{.status.podIP}');
    const wget = (url: string) => one.kubectl(['exec', 'near', '--', 'wget', '-qO-', url]);
    expect(await wget(`http://${address}:8080/`)).toBe('far\n');
    await one.kubectl(['expose', 'pod', 'far', '--port=80', '--target-port=8080', '--type=NodePort']);
    const [ip, port] = (
      await one.kubectl(['get', 'service', 'far', '--output=jsonpath={.spec.clusterIP} {.spec.ports[0].nodePort}'])
    ).split(' ');
    expect(await eventually(() => wget(`http://${ip}/`))).toBe('far\n');
    expect(await wget('http://far/')).toBe('far\n');
    expect(await (await fetch(`http://${address}:8080/`)).text()).toBe('far\n');
    const host = await one.kubectl(['get', 'node', 'node-1', '--output=jsonpath={.status.addresses[0].address}']);
    expect(await eventually(async () => await (await fetch(`http://${host}:${port}/`)).text())).toBe('far\n');
  });

  test('reaches this machine at the address that is told', async () => {
    const server = createServer((_, response) => response.end('the machine\n'));
    server.listen(0, one.hostAddress);
    await once(server, 'listening');
    const { port } = AddressInfo.parse(server.address());
    const said = await one.kubectl(['exec', 'near', '--', 'wget', '-qO-', `http://${one.hostAddress}:${port}/`]);
    server.close();
    expect(said).toBe('the machine\n');
  });

  test('talks to the API server with its own account', async () => {
    const ask = [
      'exec',
      'near',
      '--',
      '/kubernetes/kubectl',
      'auth',
      'whoami',
      '--output=jsonpath={.status.userInfo.username}',
    ];
    expect(await one.kubectl(ask)).toBe('system:serviceaccount:default:default');
  });

  test('has its own user ids with hostUsers: false', async () => {
    expect(await one.kubectl(['exec', 'mapped', '--', 'cat', '/proc/self/uid_map'])).toMatch(
      /^\s+0\s+[1-9]\d+\s+65536\n$/,
    );
    const features = '--output=jsonpath={.items[*].status.runtimeHandlers[?(@.name=="runc")].features.userNamespaces}';
    expect(await one.kubectl(['get', 'nodes', features])).toBe('true true');
  });

  test('is told of a missing image by a registry that refuses, not by one that is silent', async () => {
    await one.kubectl(['apply', '--filename=-'], JSON.stringify(aPod('missing', {}, 'example.test/missing:1')));
    await eventually(async () => {
      expect(await podField('missing', '{.status.containerStatuses[0].state.waiting.reason}')).toMatch(
        /^ErrImagePull|ImagePullBackOff$/,
      );
    });
    // It was told so, and waited for nobody.
    const message = '{.status.containerStatuses[0].state.waiting.message}';
    expect(await podField('missing', message)).not.toMatch(/timeout|deadline exceeded/i);
  });
});

describe('a node', () => {
  test('is a machine of its own', async () => {
    expect((await one.exec('node-2', ['hostname'])).stdout).toBe('node-2\n');
    expect(await one.exec('node-1', ['sh', '-c', 'cat >&2; exit 3'])).toEqual({ code: 3, stdout: '', stderr: '' });
    await one.exec('node-1', ['sh', '-c', 'mkdir -p /var/lib/enbi && echo mine >/var/lib/enbi/note']);
    expect((await one.exec('node-2', ['ls', '/var/lib/enbi'])).code).not.toBe(0);
  });

  test('asks the kubelet’s callers who they are', async () => {
    const ip = await one.kubectl(['get', 'node', 'node-1', '--output=jsonpath={.status.addresses[0].address}']);
    const status = new Promise<number | undefined>((resolve, reject) => {
      const options = { rejectUnauthorized: false };
      request(`https://${ip}:10250/pods`, options, (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(await status).toBe(401);
  });

  test('is Ready again, with its Pods and its disk, after it was killed', async () => {
    await one.kill('node-1');
    await expect(one.exec('node-1', ['true'])).rejects.toThrow('node-1 is not running');
    expect(await podField('far', '{.status.phase}')).toBe('Running');
    await one.start('node-1');
    expect((await one.exec('node-1', ['cat', '/var/lib/enbi/note'])).stdout).toBe('mine\n');
    await eventually(async () => {
      expect(await podField('near', '{.status.containerStatuses[0].restartCount}')).toBe('1');
      expect(await one.kubectl(['exec', 'near', '--', 'cat', '/tmp/www/index.html'])).toBe('near\n');
    });
  });
});

function aPod(name: string, spec: object, from = image) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: from }], ...spec },
  };
}

async function applyPods(): Promise<void> {
  // kubectl is bound into every node, which saves an image that has it.
  const near = {
    nodeName: 'node-1',
    containers: [{ name: 'main', image, volumeMounts: [{ name: 'kubectl', mountPath: '/kubernetes' }] }],
    volumes: [{ name: 'kubectl', hostPath: { path: '/opt/cni/bin' } }],
  };
  const pods = [aPod('near', near), aPod('far', { nodeName: 'node-2' }), aPod('mapped', { hostUsers: false })];
  await one.kubectl(['apply', '--filename=-'], pods.map((pod) => JSON.stringify(pod)).join('\n---\n'));
  await one.kubectl(['wait', 'pods', '--all', '--for=condition=Ready', '--timeout=60s']);
}

async function podField(name: string, path: string): Promise<string> {
  return await one.kubectl(['get', 'pod', name, `--output=jsonpath=${path}`]);
}

async function portForward<T>(pod: string, use: (port: number) => Promise<T>): Promise<T> {
  const forward = spawn(one.kubectlPath, ['port-forward', `pod/${pod}`, ':8080'], {
    env: { ...process.env, KUBECONFIG: one.kubeconfig },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await forward.stdout.setEncoding('utf8').iterator().next()).value.split('\n');
    return await use(Number(/127\.0\.0\.1:(\d+)/.exec(line)?.[1]));
  } finally {
    forward.kill();
  }
}

/** The first answer without an exception, for what becomes true within seconds. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + 30_000; ; await sleep(200)) {
    try {
      return await ask();
    } catch (thrown) {
      if (Date.now() > deadline) throw thrown;
    }
  }
}
