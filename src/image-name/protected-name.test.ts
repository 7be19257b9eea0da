import { describe, expect, test } from 'vitest';
import { parseImageTag } from './image-name.ts';
import { parseOpenHost } from './open-hosts.ts';
import { refuseProtectedName } from './protected-name.ts';

const refused = (name: string, ownImage: string, openHosts: readonly string[] = []) => {
  return () => refuseProtectedName(parseImageTag(name), { ownImage, openHosts: openHosts.map(parseOpenHost) });
};
const conflict = expect.objectContaining({ name: 'UserError', reason: 'NameConflict' });

test('what enbi’s image is called as a rule is nobody’s, also for the importer, which is not told what it is called here', () => {
  expect(() => refuseProtectedName(parseImageTag('enbi.hrzn.ee/enbi:2'), { openHosts: ['enbi.hrzn.ee'] })).toThrow(
    conflict,
  );
});

test.each([
  ['r.example/team/enbi:2', 'r.example/team/enbi:1'],
  ['r.example/team/enbi:2', `r.example/team/enbi@sha256:${'0'.repeat(64)}`],
  ['R.example:443/team/enbi:2', 'r.example/team/enbi:1'],
  ['localhost:5000/enbi:2', 'localhost:5000/enbi'],
  ['docker.io/library/enbi:2', 'enbi:1'],
  ['index.docker.io/team/enbi:2', 'team/enbi:1'],
  ['registry.k8s.io/pause:3.11', 'enbi:1'],
  ['docker.io/rancher/mirrored-pause:3.6', 'enbi:1'],
  ['harbor.example:8443/mirror/k8s/pause:3', 'enbi:1'],
  ['gcr.io/google_containers/pause-amd64:3.1', 'enbi:1'],
])('%s is nobody’s to build, whatever is open (enbi is %s)', (name, own) => {
  const everything = ['r.example', 'localhost:5000', 'docker.io', 'registry.k8s.io', 'harbor.example', 'gcr.io'];
  expect(refused(name, own, everything)).toThrow(conflict);
});

test.each([
  ['r.example/team/enbi-demo:2', 'r.example/team/enbi:1'],
  ['r.example/other/enbi:2', 'r.example/team/enbi:1'],
  ['r.example/pause/app:1', 'enbi:1'],
  ['r.example/team/menopause:1', 'enbi:1'],
  ['r.example/team/pause-tool:1', 'enbi:1'],
])('%s is (enbi is %s)', (name, own) => expect(refused(name, own)).not.toThrow());

describe('names of public registries', () => {
  test.each([
    'docker.io/library/nginx:1.29',
    'docker.io/rancher/klipper-lb:v1',
    'index.docker.io/nginx:1.29',
    'registry-1.docker.io/library/nginx:1.29',
    'registry.k8s.io/kube-proxy:v1.37.3',
    'REGISTRY.k8s.io/kube-proxy:v1.37.3',
    'registry.k8s.io:443/kube-proxy:v1.37.3',
    'registry.k8s.io:5000/kube-proxy:v1.37.3',
    'k8s.gcr.io/coredns:1',
    'gcr.io/project/app:1',
    'eu.gcr.io/project/app:1',
    'us-docker.pkg.dev/project/app:1',
    'ghcr.io/me/app:1',
    'quay.io/calico/node:v3',
    'mcr.microsoft.com/oss/app:1',
    'team.azurecr.io/app:1',
    'public.ecr.aws/eks/app:1',
    '602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/kube-proxy:v1',
    '602401143452.dkr.ecr.cn-north-1.amazonaws.com.cn/eks/kube-proxy:v1',
    'registry.gitlab.com/team/app:1',
    'nvcr.io/nvidia/app:1',
    'cgr.dev/app:1',
  ])('%s is not built, and what to do is said', (name) => {
    expect(refused(name, 'enbi:1')).toThrow(conflict);
    expect(refused(name, 'enbi:1')).toThrow(/after the host of the flake's repository .*--open-image-hosts/);
  });

  test.each([
    'git.example/team/app:1',
    'notghcr.io/team/app:1',
    'ghcr.io.example/team/app:1',
    'pkg.dev.example/app:1',
    'dkr.ecr.eu-west-1.amazonaws.com/app:1',
    'codeberg.org/team/app:1',
    'localhost:5000/app:1',
    '[::1]:5000/app:1',
  ])('%s is', (name) => expect(refused(name, 'enbi:1')).not.toThrow());

  test.each([
    ['ghcr.io/me/app:1', 'ghcr.io'],
    ['GHCR.io/me/app:1', 'ghcr.io'],
    ['ghcr.io/me/app:1', 'GHCR.IO/me'],
    ['ghcr.io/me/app:1', 'ghcr.io/me/app'],
    ['ghcr.io:8443/me/app:1', 'ghcr.io'],
    ['docker.io/nginx:1', 'index.docker.io/library'],
  ])('%s is where %s is open', (name, open) => expect(refused(name, 'enbi:1', [open])).not.toThrow());

  test.each([
    ['ghcr.io/mean/app:1', 'ghcr.io/me'],
    ['ghcr.io/other/app:1', 'ghcr.io/me'],
    ['ghcr.io/me:1', 'ghcr.io/me/app'],
    ['ghcr.io/me/app:1', 'ghcr.io:8443'],
    ['eu.gcr.io/a/b:1', 'gcr.io'],
  ])('%s is not where only %s is open', (name, open) => {
    expect(refused(name, 'enbi:1', [open])).toThrow(conflict);
  });
});

test.each(['', 'ghcr', 'ghcr.io/', 'ghcr.io//me', 'https://ghcr.io', 'ghcr.io/Me', 'ghcr.io/me:1', '*.gcr.io'])(
  '%j opens no host',
  (text) => expect(() => parseOpenHost(text)).toThrow(/write hosts such as ghcr\.io/),
);
