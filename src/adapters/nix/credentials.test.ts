import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { certificate } from '../../../test/support/certificate.ts';
import { layOutCredentials } from './credentials.ts';

let directory: string;
let secret: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'enbi-credentials-'));
  secret = join(directory, 'secret');
  mkdirSync(secret);
});
afterEach(() => rmSync(directory, { recursive: true }));

test('nothing when there is no Secret; ssh trusts no host then', async () => {
  const { environment, ...rest } = await layOutCredentials(join(directory, 'none'), directory);
  expect(rest).toEqual({ unknownKeys: [] });
  expect(environment['GIT_SSH_COMMAND']).toMatch(/StrictHostKeyChecking=yes.*UserKnownHostsFile=\/dev\/null/);
});

test('are there whatever else the Secret has', async () => {
  writeFileSync(join(secret, 'known_hosts'), 'x');
  writeFileSync(join(secret, 'knownhosts'), 'x');
  expect(await layOutCredentials(secret, directory)).toMatchObject({ secret: {}, unknownKeys: ['knownhosts'] });
});

test('for which hosts netrc has entries is known, and no more of it', async () => {
  writeFileSync(
    join(secret, 'netrc'),
    'machine A.example login machine password default\n# machine no.example\nmachine b.example',
  );
  const { secret: seen } = await layOutCredentials(secret, directory);
  expect(seen).toEqual({ netrcHosts: ['a.example', 'b.example'] });
});

const understood = 'it may have netrc, access-tokens, ssh-privatekey, known_hosts, ca.crt';
const most = 'has no key that enbi understands, only k0, k1, k10, k11, k2, k3, k4, k5, k6, k7 and 2 more';
test.each([
  [['..data', '..2026_11_30'], `the flake's Secret has no keys; ${understood}`],
  [
    ['..data', 'username', 'password'],
    `the flake's Secret has no key that enbi understands, only password, username; ${understood}`,
  ],
  [Array.from({ length: 12 }, (_, at) => `k${at}`), `the flake's Secret ${most}; ${understood}`],
])('a Secret of which nothing is understood is told, without a value: %j', async (keys, message) => {
  for (const key of keys) writeFileSync(join(secret, key), 'topsecret');
  await expect(layOutCredentials(secret, directory)).rejects.toMatchObject({ reason: 'FetchFailed', message });
});

test('authorities, whatever else is in the file', async () => {
  const key = '-----BEGIN PRIVATE KEY-----\nTOPSECRET\n-----END PRIVATE KEY-----\n';
  writeFileSync(join(secret, 'ca.crt'), `# ours\n${certificate}${key}${certificate}`);
  expect(await layOutCredentials(secret, directory)).toMatchObject({ authorities: certificate + certificate });
});

test.each([
  'topsecret',
  '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  `${certificate}-----BEGIN CERTIFICATE-----\ntopsecret`,
])('authorities that are none are told, without their text: %j', async (text) => {
  writeFileSync(join(secret, 'ca.crt'), text);
  const refusal = layOutCredentials(secret, directory);
  await expect(refusal).rejects.toMatchObject({
    reason: 'FetchFailed',
    message: expect.stringMatching(/^ca\.crt in the flake's Secret is no certificate(?!.*topsecret)/),
  });
});

test('netrc for git and for Nix, readable by its owner alone', async () => {
  writeFileSync(join(secret, 'netrc'), 'machine a login b password c', { mode: 0o644 });
  expect(await layOutCredentials(secret, directory)).toMatchObject({ netrcFile: join(directory, '.netrc') });
  expect(statSync(join(directory, '.netrc')).mode & 0o777).toBe(0o600);
});

test('a key that ssh takes: private, with a newline at its end', async () => {
  writeFileSync(join(secret, 'ssh-privatekey'), 'KEY');
  writeFileSync(join(secret, 'known_hosts'), 'h ssh-ed25519 AAAA\n');
  const { environment } = await layOutCredentials(secret, directory);
  expect(environment['GIT_SSH_COMMAND']).toContain(`-i ${directory}/ssh-key`);
  expect(environment['GIT_SSH_COMMAND']).toContain(`UserKnownHostsFile=${directory}/known_hosts`);
  expect(readFileSync(join(directory, 'ssh-key'), 'utf8')).toBe('KEY\n');
  expect(statSync(join(directory, 'ssh-key')).mode & 0o777).toBe(0o600);
});

test('access tokens, on one line or several', async () => {
  writeFileSync(join(secret, 'access-tokens'), 'github.com=a\ngitlab.com/group=PAT:b\n');
  expect(await layOutCredentials(secret, directory)).toMatchObject({
    accessTokens: ['github.com=a', 'gitlab.com/group=PAT:b'],
  });
});

test('access tokens that are none are told, without their text', async () => {
  writeFileSync(join(secret, 'access-tokens'), 'topsecret');
  const refusal = layOutCredentials(secret, directory);
  await expect(refusal).rejects.toMatchObject({
    reason: 'FetchFailed',
    message: expect.not.stringContaining('topsecret'),
  });
});

test.each([
  ['machine a login b password c\ndefault login b password c', true],
  ['default\n  login b\n  password c', true],
  ['\tDEFAULT login b password c', true],
  ['machine a login b password default', false],
  ['machine default login default password default', false],
  ['# default\nmachine a login b password c', false],
])('a netrc for any host is refused, since the flake names the hosts: %j', async (netrc, isRefused) => {
  writeFileSync(join(secret, 'netrc'), netrc);
  const laidOut = layOutCredentials(secret, directory);
  if (!isRefused) await expect(laidOut).resolves.toMatchObject({ netrcFile: join(directory, '.netrc') });
  else
    await expect(laidOut).rejects.toMatchObject({ reason: 'FetchFailed', message: expect.stringContaining('default') });
});
