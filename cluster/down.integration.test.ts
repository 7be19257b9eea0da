import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { writeBusyboxArchive } from './busybox-image.ts';
import { run, runOrThrow } from './command.ts';
import { ensureComponents } from './components.ts';
import { prepareToRun } from './machine.ts';
import { kubeletSysctls } from './node/kubelet.ts';

/**
 * Everything here runs in a network namespace of the test's own, set up as Docker sets up a machine. So its links, routes and
 * firewall rules can be compared exactly, whatever else the machine does meanwhile.
 */
const main = fileURLToPath(new URL('main.ts', import.meta.url));
const image = 'example.test/busybox:1';
let scratch: string;
let machine: ChildProcess;
let kubectl: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'enbi-down-test-'));
  await prepareToRun(console.error);
  kubectl = join((await ensureComponents(console.error)).bin, 'kubectl');
  machine = spawn(
    'unshare',
    ['--net', 'sh', '-ec', 'ip link set lo up; iptables -P FORWARD DROP; echo ready; exec sleep 3600'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  if (machine.stdout !== null) await once(machine.stdout, 'data');
});

afterEach(async () => void (await cluster('down', '--name', 'leak')));

afterAll(async () => {
  machine.kill();
  await rm(scratch, { recursive: true, force: true });
});

describe('on a machine that forwards nothing', () => {
  test('a cluster works and leaves nothing behind', async () => {
    const before = await traces();
    expect(before.firewall).toContain(':FORWARD DROP');
    const kubeconfig = (await cluster('up', '--name', 'leak', '--nodes', '2')).trim();
    expect(kubeconfig).toBe(join(scratch, 'state/leak/kubeconfig'));
    await letPodsTalk(kubeconfig);
    const during = await traces();
    for (const trace of ['links', 'routes', 'mounts', 'cgroups', 'processes'] as const) {
      expect(during[trace], trace).not.toEqual(before[trace]);
    }
    for (const trace of ['firewall', 'sysctls', 'paths'] as const) expect(during[trace], trace).toEqual(before[trace]);
    await cluster('down', '--name', 'leak');
    expect(await traces()).toEqual(before);
  });

  test.each([
    ['making its network', '', 80],
    ['starting the API server', 'starting etcd', 100],
    ['starting nodes', 'starting controllers', 300],
    ['waiting for nodes', 'starting controllers', 2500],
  ])('an up killed while %s leaves nothing once it is taken down', async (_, line, milliseconds) => {
    const before = await traces();
    await killUp(line, milliseconds);
    await cluster('down', '--name', 'leak');
    expect(await traces()).toEqual(before);
  });

  test('an up after a killed one begins anew', async () => {
    const before = await traces();
    await killUp('starting controllers', 1000);
    await cluster('up', '--name', 'leak', '--layout', 'k3s');
    expect(await cluster('status', '--name', 'leak')).toMatch(/^leak: up/);
    await cluster('down', '--name', 'leak');
    expect(await traces()).toEqual(before);
  });

  test('what is not there is said plainly', async () => {
    const { code, stderr } = await here([process.execPath, main, 'kill', '--name', 'leak', 'node-1']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'error: no cluster "leak" is up; start it with: npm run cluster -- up --name leak\n',
    });
  });
});

/** Logs (host to node), Pod to Pod over two nodes, Pod to API server. */
async function letPodsTalk(kubeconfig: string): Promise<void> {
  const archive = join(scratch, 'busybox.tar');
  await writeBusyboxArchive(archive, {
    name: image,
    entrypoint: ['/bin/sleep', '3600'],
    programs: ['sleep', 'nc', 'echo'],
  });
  await cluster('load', '--name', 'leak', archive);
  const ask = async (...args: string[]) => {
    const { code, stdout, stderr } = await here([
      kubectl,
      `--kubeconfig=${kubeconfig}`,
      `--cache-dir=${scratch}/cache`,
      ...args,
    ]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    return stdout;
  };
  for (const node of ['node-1', 'node-2']) {
    const spec = JSON.stringify({ spec: { nodeName: node, terminationGracePeriodSeconds: 0 } });
    await ask(
      'run',
      `on-${node}`,
      `--image=${image}`,
      `--overrides=${spec}`,
      '--command',
      '--',
      'nc',
      '-ll',
      '-p',
      '8080',
      '-e',
      'echo',
      node,
    );
  }
  await ask('wait', 'pods', '--all', '--for=condition=Ready', '--timeout=60s');
  const address = await ask('get', 'pod', 'on-node-2', '--output=jsonpath={.status.podIP}');
  const nc = ['exec', 'on-node-1', '--', 'nc', '-w', '5'];
  expect(await ask(...nc, address, '8080')).toBe('node-2\n');
  expect(await ask(...nc, '10.96.0.1', '443')).toBe('');
  expect(await ask('logs', 'on-node-2')).toBe('');
}

/** Starts `up` and kills it so many milliseconds after it has reported a line that begins so. */
async function killUp(line: string, milliseconds: number): Promise<void> {
  const up = spawn('nsenter', [...inMachine(), process.execPath, main, 'up', '--name', 'leak'], {
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(up, 'exit');
  if (line !== '') await lineThatBegins(up, line);
  setTimeout(() => up.kill('SIGKILL'), milliseconds + (line === '' ? 250 : 0));
  expect(await ended).toEqual([null, 'SIGKILL']);
}

async function lineThatBegins(child: ChildProcess, beginning: string): Promise<void> {
  if (child.stderr === null) return;
  for await (const line of createInterface({ input: child.stderr })) if (line.startsWith(beginning)) return;
}

async function cluster(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await here([process.execPath, main, ...args]);
  expect(code, stderr).toBe(0);
  return stdout;
}

async function here(argv: readonly string[]) {
  return await run(['nsenter', ...inMachine(), ...argv], { env: environment() });
}

function inMachine(): string[] {
  return [`--target=${machine.pid}`, '--net'];
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, ENBI_CLUSTER_STATE: join(scratch, 'state') };
}

/** What a cluster could leave on a machine. Other clusters of the machine are told apart by their names and folders. */
async function traces() {
  const firewall = (await lines('iptables-save')).filter((line) => /^[:*-]/.test(line));
  return {
    links: (await lines('ip', '-brief', 'link')).map((line) => line.split(/[ @]/)[0]),
    routes: await lines('ip', 'route', 'show', 'table', 'all'),
    firewall: firewall.map((line) => line.replace(/ \[.*/, '')),
    mounts: (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line.includes(scratch)),
    cgroups: (await lines('find', '/sys/fs/cgroup', '-name', 'enbi-leak-*')).filter(Boolean),
    processes: await processes(),
    sysctls: await Promise.all(
      Object.keys(kubeletSysctls).map((key) => readFile(`/proc/sys/${key.replaceAll('.', '/')}`, 'utf8')),
    ),
    state: existsSync(join(scratch, 'state')),
    paths: [
      '/etc/cni',
      '/opt/cni',
      '/run/containerd',
      '/run/k0s',
      '/run/k3s',
      '/var/lib/containerd',
      '/var/lib/k0s',
      '/var/lib/kubelet',
      '/var/lib/rancher',
      '/var/lib/cni',
      '/var/log/pods',
      '/usr/libexec/kubernetes',
    ].filter(existsSync),
  };
}

async function lines(...argv: string[]): Promise<string[]> {
  return (await runOrThrow(['nsenter', ...inMachine(), ...argv])).split('\n');
}

async function processes(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(pids.map(async (pid) => `${pid}\0${await environmentOf(pid)}`));
  return environments
    .filter((text) => text.includes(`=${scratch}/state/leak`))
    .map((text) => text.split('\0')[0] ?? '');
}

async function environmentOf(pid: string): Promise<string> {
  return await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
}
