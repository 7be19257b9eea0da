import type { BuildStep } from './go-build.ts';

const runc = 'github.com/opencontainers/runc';

/** What each is called that `kubernetes/main.go` is in one. */
export const kubernetesDaemons = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
  'kubelet',
];

/**
 * Nobody debugs these programs, and Kubernetes' own packages, half of all, do without inlining: a third less to compile. Every
 * module takes the same, so that what they share is compiled once.
 */
const quickly = ['-trimpath', '-gcflags=all=-dwarf=false', '-gcflags=k8s.io/...=-dwarf=false -l'];
const unstamped = [...quickly, '-ldflags', '-s -w'];

/**
 * What compiles most, and then what finds much of its own in Go's cache. runc alone needs C (libseccomp), and asks for no more
 * of it than that. CoreDNS is a module apart, so that it has no say in the versions of the rest.
 */
export function buildSteps(goMod: string): readonly BuildStep[] {
  const packages = toolPackages(goMod);
  return [
    {
      module: '.',
      env: { CGO_ENABLED: '0' },
      args: stamped(goMod),
      packages: [...packages.filter((name) => name !== runc), './kubernetes'],
      names: { kubernetes: kubernetesDaemons },
    },
    {
      module: '.',
      env: { CGO_ENABLED: '1' },
      args: [...unstamped, '-tags', 'seccomp,netgo,osusergo'],
      packages: [runc],
    },
    { module: 'dns', env: { CGO_ENABLED: '0' }, args: unstamped, packages: ['.'] },
  ];
}

/** Kubernetes alone, from oldest/go.mod. */
export function oldestBuildSteps(goMod: string): readonly BuildStep[] {
  return [{ module: 'oldest', env: { CGO_ENABLED: '0' }, args: stamped(goMod), packages: toolPackages(goMod) }];
}

/** A module apart, as CoreDNS is. */
export function helmBuildSteps(goMod: string): readonly BuildStep[] {
  return [{ module: 'helm', env: { CGO_ENABLED: '0' }, args: unstamped, packages: toolPackages(goMod) }];
}

/** Kubernetes' programs say the version that they are told at link time. */
function stamped(goMod: string): readonly string[] {
  const [, version = '', major = '', minor = ''] = /k8s\.io\/kubernetes v((\d+)\.(\d+)\.\d+)/.exec(goMod) ?? [];
  const values = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor };
  const stamps = Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return [...quickly, '-ldflags', `-s -w ${stamps.join(' ')}`];
}

/** The packages of go.mod's `tool ( … )` block. */
export function toolPackages(goMod: string): string[] {
  const block = /^tool \(\n([^)]*)\)/m.exec(goMod)?.[1] ?? '';
  return block.split('\n').flatMap((line) => line.trim() || []);
}
