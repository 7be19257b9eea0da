import { expect, test } from 'vitest';
import { gitServerManifests, repositoryUrl } from './git-server-manifests.ts';

const repositories = {
  hello: { '1.0': { 'flake.nix': 'one', 'site/index.html': 'page' }, '2.0': { 'flake.nix': 'two' } },
  broken: { '1.0': { 'flake.nix': 'three' } },
};
const manifests = gitServerManifests({ namespace: 'n', image: 'i', repositories, script: 's', version: 'v' });

test('the server finds each file below its repository and tag', () => {
  expect(manifests.filter((manifest) => 'data' in manifest)).toMatchObject([
    { metadata: { name: 'git-server-script' }, data: { 'serve.sh': 's' } },
    { metadata: { name: 'git-server-source-0' }, data: { 'file-0': 'one', 'file-1': 'page' } },
    { metadata: { name: 'git-server-source-1' }, data: { 'file-0': 'two' } },
    { metadata: { name: 'git-server-source-2' }, data: { 'file-0': 'three' } },
  ]);
  expect(JSON.stringify(manifests)).toContain('{"key":"file-1","path":"hello/1.0/site/index.html"}');
});

test('an address of IPv6 is written as in every URL', () => {
  expect(repositoryUrl('fd00::1', 'hello')).toBe('git://[fd00::1]/hello');
});
