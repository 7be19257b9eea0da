import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { buildSteps, oldestBuildSteps, toolPackages } from './build-steps.ts';

const goMod = await readFile(new URL('go.mod', import.meta.url), 'utf8');
const oldestGoMod = await readFile(new URL('oldest/go.mod', import.meta.url), 'utf8');

test('builds every tool of go.mod and CoreDNS, runc alone with C', () => {
  const [plain, withC, dns] = buildSteps(goMod);
  expect(new Set([...(plain?.packages ?? []), ...(withC?.packages ?? [])])).toEqual(new Set(toolPackages(goMod)));
  expect(plain?.env).toEqual({ CGO_ENABLED: '0' });
  expect(withC?.packages).toEqual(['github.com/opencontainers/runc']);
  expect(withC?.env).toEqual({ CGO_ENABLED: '1' });
  expect(withC?.args).toContain('seccomp');
  expect(dns).toMatchObject({ module: 'dns', packages: ['.'], env: { CGO_ENABLED: '0' } });
});

test('names the programs that the cluster starts', () => {
  const programs = toolPackages(goMod).map((name) =>
    name
      .replace(/\/v\d+$/, '')
      .split('/')
      .at(-1),
  );
  const cni = ['bridge', 'host-local', 'loopback', 'portmap'];
  const node = ['containerd', 'containerd-shim-runc-v2', 'ctr', 'kubelet', 'kube-proxy', 'runc'];
  const plane = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl', 'server'];
  expect(new Set(programs)).toEqual(new Set([...cni, ...node, ...plane]));
});

test('stamps the version that go.mod pins', () => {
  const [plain] = buildSteps('tool (\n\tx\n)\nrequire k8s.io/kubernetes v1.37.2 // indirect\n');
  expect(plain?.args.at(-1)).toBe(
    '-s -w -X k8s.io/component-base/version.gitVersion=v1.37.2 -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=37',
  );
});

test('what CoreDNS shares with the rest has one version, so that it is compiled once', async () => {
  const dns = requiredBy(await readFile(new URL('dns/go.mod', import.meta.url), 'utf8'));
  const rest = requiredBy(goMod);
  const shared = [...dns].filter(([module]) => rest.has(module));
  expect(shared.length).toBeGreaterThan(40);
  expect(shared).toEqual(shared.map(([module]) => [module, rest.get(module)]));
});

function requiredBy(text: string): ReadonlyMap<string, string> {
  const lines = text.matchAll(/^(?:\t|require )([^\s()=]+) (v\S+)(?: \/\/ indirect)?$/gm);
  return new Map([...lines].map(([, module = '', version = '']) => [module, version]));
}

test('the oldest Kubernetes takes the place of every program of the newest, and says its own version', () => {
  const kubernetes = (packages: readonly string[]) => packages.filter((name) => name.startsWith('k8s.io/kubernetes/'));
  expect(toolPackages(oldestGoMod)).toEqual(kubernetes(toolPackages(goMod)));
  const [step] = oldestBuildSteps(oldestGoMod);
  expect(step?.packages).toEqual(toolPackages(oldestGoMod));
  expect(step?.args.join(' ')).toMatch(/gitVersion=v1\.34\.\d+ .*gitMajor=1 .*gitMinor=34$/);
});
