import { expect, it } from 'vitest';
import { fillNames, type Names } from './fill-names.ts';

const names: Names = {
  self: 'kubectl enbi --namespace team',
  flags: '--namespace team ',
  pod: 'web-1',
  build: 'hello-1',
  flakeUrl: 'git+https://git.example/hello?ref=refs/tags/1.0',
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
  ['run `status.failure.reproduce`', 'run "reproduce" below'],
  ['see `status.isolation`', 'see isolation (Unprivileged)'],
  ['the name from `status.storeName`', 'the name from team-node-1'],
  ['`status.nodes`', 'loaded on'],
  ['`status.built.script`', 'status.built.script'],
  ['its own reason on this page', 'its own reason in docs/reference/reasons.md'],
  ['a NAME in `packageName`', 'a NAME in packageName'],
])('%s', (markdown, text) => {
  expect(fillNames(markdown, names)).toBe(text);
});

it('what is not known stays a placeholder', () => {
  const few: Names = { self: 'kubectl enbi', flags: '', flakeUrl: "x'; id; '" };
  for (const code of ['kubectl describe pod NAME', 'kubectl enbi retry NAME', 'nix build REFERENCE']) {
    expect(fillNames(`\`${code}\``, few)).toBe(code);
  }
});
