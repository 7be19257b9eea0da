import type { BuildStep } from './go-build.ts';

const runc = 'github.com/opencontainers/runc';

/** runc alone needs C (libseccomp). CoreDNS is a module apart, so that it has no say in the versions of the rest. */
export function buildSteps(goMod: string): readonly BuildStep[] {
  const packages = toolPackages(goMod);
  const plain = ['-trimpath', '-ldflags', '-s -w'];
  return [
    {
      module: '.',
      env: { CGO_ENABLED: '0' },
      args: stamped(goMod),
      packages: packages.filter((name) => name !== runc),
    },
    { module: '.', env: { CGO_ENABLED: '1' }, args: [...plain, '-tags', 'seccomp'], packages: [runc] },
    { module: 'dns', env: { CGO_ENABLED: '0' }, args: plain, packages: ['.'] },
  ];
}

/** Kubernetes alone, from oldest/go.mod. */
export function oldestBuildSteps(goMod: string): readonly BuildStep[] {
  return [{ module: 'oldest', env: { CGO_ENABLED: '0' }, args: stamped(goMod), packages: toolPackages(goMod) }];
}

/** A module apart, as CoreDNS is. */
export function helmBuildSteps(goMod: string): readonly BuildStep[] {
  const packages = toolPackages(goMod);
  return [{ module: 'helm', env: { CGO_ENABLED: '0' }, args: ['-trimpath', '-ldflags', '-s -w'], packages }];
}

/** Kubernetes' programs say the version that they are told at link time. */
function stamped(goMod: string): readonly string[] {
  const [, version = '', major = '', minor = ''] = /k8s\.io\/kubernetes v((\d+)\.(\d+)\.\d+)/.exec(goMod) ?? [];
  const values = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor };
  const stamps = Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ['-trimpath', '-ldflags', `-s -w ${stamps.join(' ')}`];
}

/** The packages of go.mod's `tool ( … )` block. */
export function toolPackages(goMod: string): string[] {
  const block = /^tool \(\n([^)]*)\)/m.exec(goMod)?.[1] ?? '';
  return block.split('\n').flatMap((line) => line.trim() || []);
}
