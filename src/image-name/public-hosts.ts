/**
 * Hosts that are public registries, or that clusters get their own components from: what a node or a Pod of another tenant asks
 * for by a name of theirs is meant to come from there. Without ports: every port of a host is the host's. A `*` at the
 * beginning stands for one or more labels, elsewhere for one. docs/reference/annotations.md has the same list.
 */
export const publicHosts: readonly string[] = [
  'docker.io',
  '*.docker.io',
  '*.docker.com',
  'registry.k8s.io',
  'gcr.io',
  '*.gcr.io',
  '*.pkg.dev',
  'ghcr.io',
  'docker.pkg.github.com',
  'registry.gitlab.com',
  'quay.io',
  '*.quay.io',
  'mcr.microsoft.com',
  '*.azurecr.io',
  'public.ecr.aws',
  '*.dkr.ecr.*.amazonaws.com',
  '*.dkr.ecr.*.amazonaws.com.cn',
  'icr.io',
  '*.icr.io',
  '*.ocir.io',
  'container-registry.oracle.com',
  'registry.*.aliyuncs.com',
  'registry.digitalocean.com',
  'nvcr.io',
  'cgr.dev',
  'registry.redhat.io',
  'registry.access.redhat.com',
  'registry.connect.redhat.com',
  'registry.fedoraproject.org',
  'registry.suse.com',
  'registry.rancher.com',
  'registry.opensuse.org',
  'docker.elastic.co',
  'lscr.io',
  'factory.talos.dev',
];

/** `host`: as `hostNameOf` gives it. */
export function isPublicHost(host: string): boolean {
  return publicHosts.some((pattern) => matches(host.split('.'), pattern.split('.')));
}

function matches(host: readonly string[], pattern: readonly string[]): boolean {
  const extra = host.length - pattern.length;
  if (extra < 0 || (extra > 0 && pattern[0] !== '*')) return false;
  return pattern.every((label, at) => label === '*' || label === host[at + extra]);
}
