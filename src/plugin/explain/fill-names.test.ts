import { expect, it } from 'vitest';
import { fillNames, type Names } from './fill-names.ts';

const names: Names = {
  self: 'kubectl enbi --namespace team',
  flags: '--namespace team ',
  pod: 'web-1',
  build: 'hello-1',
  spec: {
    flakeUrl: 'git+https://git.example/hello?ref=refs/tags/1.0',
    packageName: 'docker.web',
    system: 'x86_64-linux',
    imageTag: 'git.example/hello:1.0',
  },
  secretName: 'keys',
  status: {
    storeName: 'team-node-1',
    buildJobName: 'hello-1-build-1',
    buildNode: 'node-1',
    isolation: 'Unprivileged',
    failure: { stage: 'Build', reason: 'BuilderFailed', message: '', reproduce: `nix build '${'x'.repeat(60)}'` },
  },
};

it.each([
  ['`kubectl describe nixbuild NAME`', 'kubectl --namespace team describe nixbuild hello-1'],
  ['`kubectl enbi retry NAME`', 'kubectl enbi --namespace team retry hello-1'],
  ['`kubectl enbi logs --follow nixbuild/NAME`', 'kubectl enbi --namespace team logs --follow nixbuild/hello-1'],
  ['`kubectl enbi logs --follow NAME`', 'kubectl enbi --namespace team logs --follow hello-1'],
  ['`kubectl describe pod NAME`', 'kubectl --namespace team describe pod web-1'],
  ['`kubectl describe nixstore NAME`', 'kubectl --namespace team describe nixstore team-node-1'],
  ['`kubectl describe persistentvolume NAME`', 'kubectl --namespace team describe persistentvolume team-node-1'],
  ['`kubectl logs job/JOB`', 'kubectl --namespace team logs job/hello-1-build-1'],
  ['`nix flake metadata REFERENCE`', "nix flake metadata 'git+https://git.example/hello?ref=refs/tags/1.0'"],
  [
    '`kubectl enbi build FLAKE --image IMAGE`',
    "kubectl enbi --namespace team build 'git+https://git.example/hello?ref=refs/tags/1.0' --image 'git.example/hello:1.0' --package 'docker.web' --secret keys",
  ],
  ['run `status.failure.reproduce`', 'run "reproduce" below'],
  ['see `status.isolation`', 'see isolation (Unprivileged)'],
  ['the name from `status.storeName`', 'the name from team-node-1'],
  [
    '`kubectl describe nixstore NAME`, with the name from\n`status.storeName`.',
    'kubectl --namespace team describe nixstore team-node-1.',
  ],
  [
    '`kubectl get pods --selector batch.kubernetes.io/job-name=JOB`',
    'kubectl --namespace team get pods --selector batch.kubernetes.io/job-name=hello-1-build-1',
  ],
  ['`status.nodes`', 'loaded on'],
  ['`status.built.script`', 'status.built.script'],
  ['its own reason on this page', "its own reason in enbi's documentation"],
  ['a NAME in `packageName`', 'a NAME in packageName'],
])('%s', (markdown, text) => {
  expect(fillNames(markdown, names)).toBe(text);
});

it('of a Pod without a NixBuild that is known, the Pod is named', () => {
  const pod: Names = { self: 'kubectl enbi', flags: '', pod: 'web-1' };
  expect(fillNames('`kubectl enbi retry NAME`', pod)).toBe('kubectl enbi retry pod/web-1');
  expect(fillNames('`kubectl enbi logs --follow NAME`', pod)).toBe('kubectl enbi logs --follow pod/web-1');
});

it.each([
  ['a flake', { flakeUrl: "x'; id; '" }],
  ['an image', { imageTag: "x' $(id)" }],
  ['a package', { packageName: "'; id" }],
  ['a Secret', {}, '$(id)'],
])('%s that no shell should see is not put into a command', (_, given, secretName?: string) => {
  const spec = {
    flakeUrl: 'github:a/b',
    packageName: 'x',
    system: 'x86_64-linux',
    imageTag: 'a.example/b:1',
    ...given,
  };
  const code = 'kubectl enbi build FLAKE --image IMAGE';
  expect(fillNames(`\`${code}\``, { self: 'kubectl enbi', flags: '', spec, secretName })).toBe(code);
});

it('where a name is from is said of one that is not known', () => {
  const markdown = '`kubectl describe nixstore NAME`, with the name from `status.storeName`';
  const text = 'kubectl describe nixstore NAME, with the name from status.storeName';
  expect(fillNames(markdown, { self: 'kubectl enbi', flags: '' })).toBe(text);
});

it('what is not known stays a placeholder', () => {
  const few: Names = {
    self: 'kubectl enbi',
    flags: '',
    spec: { flakeUrl: "x'; id; '", packageName: 'default', system: 'x86_64-linux', imageTag: 'git.example/hello:1' },
  };
  for (const code of [
    'kubectl describe pod NAME',
    'kubectl enbi retry NAME',
    'nix build REFERENCE',
    'kubectl enbi build FLAKE --image IMAGE',
  ]) {
    expect(fillNames(`\`${code}\``, few)).toBe(code);
  }
});
