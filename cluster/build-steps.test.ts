import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { buildSteps, helmBuildSteps, kubernetesDaemons, oldestBuildSteps, toolPackages } from './build-steps.ts';

const goMod = await readFile(new URL('go.mod', import.meta.url), 'utf8');
const oldestGoMod = await readFile(new URL('oldest/go.mod', import.meta.url), 'utf8');
const helmGoMod = await readFile(new URL('helm/go.mod', import.meta.url), 'utf8');

test('builds every tool of go.mod, Kubernetes and CoreDNS, runc alone with C', () => {
  const [plain, withC, dns] = buildSteps(goMod);
  const all = new Set([...(plain?.packages ?? []), ...(withC?.packages ?? [])]);
  expect(all).toEqual(new Set([...toolPackages(goMod), './kubernetes']));
  expect(plain?.env).toEqual({ CGO_ENABLED: '0' });
  expect(withC?.packages).toEqual(['github.com/opencontainers/runc']);
  expect(withC?.env).toEqual({ CGO_ENABLED: '1' });
  expect(withC?.args).toContain('seccomp,netgo,osusergo');
  expect(dns).toMatchObject({ module: 'dns', packages: ['.'], env: { CGO_ENABLED: '0' } });
});

test('names the programs that the cluster starts', () => {
  const cni = ['bridge', 'host-local', 'loopback', 'portmap'];
  const node = ['containerd', 'containerd-shim-runc-v2', 'ctr', 'kubelet', 'kube-proxy', 'runc'];
  const plane = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl', 'server'];
  const programs = [...toolPackages(goMod).map(programOf), ...kubernetesDaemons];
  expect(new Set(programs)).toEqual(new Set([...cni, ...node, ...plane]));
});

test("the one program of Kubernetes' daemons answers to each of its names", async () => {
  const main = await readFile(new URL('kubernetes/main.go', import.meta.url), 'utf8');
  const answered = [...main.matchAll(/^\tcase "(\S+)":$/gm)].map(([, name]) => name);
  expect(new Set(answered)).toEqual(new Set(kubernetesDaemons));
});

function programOf(name: string): string | undefined {
  return name
    .replace(/\/v\d+$/, '')
    .split('/')
    .at(-1);
}

test('everything is compiled with the same flags, so that what is shared is compiled once', () => {
  const steps = [...buildSteps(goMod), ...oldestBuildSteps(oldestGoMod), ...helmBuildSteps(helmGoMod)];
  const flags = steps.map(({ args }) => args.filter((arg) => /^-(trimpath|gcflags)/.test(arg)).join(' '));
  expect(steps.length).toBe(5);
  expect(new Set(flags).size).toBe(1);
});

test('stamps the version that go.mod pins', () => {
  const [plain] = buildSteps('tool (\n\tx\n)\nrequire k8s.io/kubernetes v1.37.2 // indirect\n');
  expect(plain?.args.at(-1)).toBe(
    '-s -w -X k8s.io/component-base/version.gitVersion=v1.37.2 -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=37',
  );
});

test.each([
  ['dns', 40],
  ['helm', 80],
])('what %s/go.mod shares with the rest has one version, so that it is compiled once', async (module, atLeast) => {
  const own = requiredBy(await readFile(new URL(`${module}/go.mod`, import.meta.url), 'utf8'));
  const rest = requiredBy(goMod);
  const shared = [...own].filter(([name]) => rest.has(name));
  expect(shared.length).toBeGreaterThan(atLeast);
  expect(shared).toEqual(shared.map(([name]) => [name, rest.get(name)]));
});

/** What takes the place of another is what counts. */
function requiredBy(text: string): ReadonlyMap<string, string> {
  const lines = text.matchAll(/^(?:\t|require )([^\s()=]+) (v\S+)(?: \/\/ indirect)?$/gm);
  const replaced = text.matchAll(/^\t(\S+) => \S+ (v\S+)$/gm);
  return new Map([...lines, ...replaced].map(([, module = '', version = '']) => [module, version]));
}

test('the oldest Kubernetes takes the place of every program of the newest, and says its own version', () => {
  const oldest = toolPackages(oldestGoMod).map(programOf);
  expect(new Set(oldest)).toEqual(new Set([...kubernetesDaemons, 'kubectl']));

  const [step] = oldestBuildSteps(oldestGoMod);
  expect(step?.packages).toEqual(toolPackages(oldestGoMod));
  expect(step?.args.join(' ')).toMatch(/gitVersion=v1\.34\.\d+ .*gitMajor=1 .*gitMinor=34$/);
});
