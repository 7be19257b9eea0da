import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import type { SecretInUse } from './access.ts';
import { parseCertificates } from './certificates.ts';
import { codeOf } from './error-code.ts';
import { sshProgram } from './ssh.ts';

/** What a Secret may hold; docs/guide/write-a-flake.md says how. */
export const understood = ['netrc', 'access-tokens', 'ssh-privatekey', 'known_hosts', 'ca.crt'] as const;
type Key = (typeof understood)[number];

/** What a private flake needs, as found in the mounted Secret. */
export interface Credentials {
  /** Undefined: there is no Secret. */
  readonly secret?: SecretInUse;
  readonly netrcFile?: string;
  readonly accessTokens?: readonly string[];
  /** Authorities that the flake's hosts are trusted by, beside the known ones: certificates as PEM. */
  readonly authorities?: string;
  /** Keys that say nothing to enbi. */
  readonly unknownKeys: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Lays the Secret's keys out in `home`, which is gone before the build starts: git's curl reads `~/.netrc`, and ssh refuses a
 * key file that others may read. `secret` need not exist. Throws UserError `FetchFailed` for malformed keys.
 */
export async function layOutCredentials(secret: string, home: string): Promise<Credentials> {
  const files = await readdir(secret).catch(noneWhereMissing);
  const unknownKeys = unknownAmong(files);
  const at = (key: Key) => join(secret, key);
  const netrc = await copySecret(at('netrc'), join(home, '.netrc'));
  const key = await copySecret(at('ssh-privatekey'), join(home, 'ssh-key'));
  const knownHosts = await copySecret(at('known_hosts'), join(home, 'known_hosts'));
  const netrcHosts = netrc === undefined ? undefined : hostsOf(await readFile(netrc, 'utf8'));
  const tokens = await readOptional(at('access-tokens'));
  const authorities = await readOptional(at('ca.crt'));
  return {
    ...(files.length === 0 ? {} : { secret: { netrcHosts } }),
    unknownKeys,
    ...(netrc === undefined ? {} : { netrcFile: netrc }),
    ...(tokens === undefined ? {} : { accessTokens: parseTokens(tokens) }),
    ...(authorities === undefined ? {} : { authorities: parseAuthorities(authorities) }),
    environment: { GIT_SSH_COMMAND: sshCommand(key, knownHosts) },
  };
}

/** A Secret of which nothing is understood is a mistake that the host would answer with no more than "no access". */
function unknownAmong(files: readonly string[]): readonly string[] {
  // The kubelet keeps what it mounts in directories that no key can be called.
  const keys = files.filter((name) => !name.startsWith('..'));
  const unknown = keys.filter((key) => !understood.some((known) => known === key));
  if (files.length === 0 || unknown.length < keys.length) return unknown;
  const has = keys.length === 0 ? 'has no keys' : `has no key that enbi understands, only ${listing(keys)}`;
  throw new UserError('FetchFailed', `the flake's Secret ${has}; it may have ${understood.join(', ')}`);
}

/** Names alone, never a value. */
export function listing(keys: readonly string[]): string {
  const shown = keys.slice(0, 10).map((key) => key.slice(0, 60));
  return shown.join(', ') + (keys.length > shown.length ? ` and ${keys.length - shown.length} more` : '');
}

/** git gives this to a shell; the paths are ours. Never asks, never trusts an unknown host. */
function sshCommand(key: string | undefined, knownHosts: string | undefined): string {
  const options = [
    '-F none',
    '-o BatchMode=yes',
    '-o StrictHostKeyChecking=yes',
    `-o UserKnownHostsFile=${knownHosts ?? '/dev/null'}`,
    '-o GlobalKnownHostsFile=/dev/null',
    '-o IdentitiesOnly=yes',
    '-o ConnectTimeout=10',
    ...(key === undefined ? [] : [`-i ${key}`]),
  ];
  return `${sshProgram} ${options.join(' ')}`;
}

const beforeValues = ['machine', 'login', 'password', 'account', 'macdef'];

/** curl gives what stands after `default` to every host that asks, and the flake's author names the hosts: of its inputs. */
function hostsOf(netrc: string): readonly string[] {
  const lines = netrc.split('\n').filter((line) => !line.trimStart().startsWith('#'));
  const words = lines.flatMap((line) => line.trim().toLowerCase().split(/\s+/));
  const isWord = (at: number) => !beforeValues.includes(words[at - 1] ?? '');
  if (!words.some((word, at) => word === 'default' && isWord(at)))
    return words.filter((_, at) => words[at - 1] === 'machine' && isWord(at - 1));
  throw new UserError(
    'FetchFailed',
    "netrc in the flake's Secret has an entry `default`, which is for every host that the flake has an input of; write machine and the host",
  );
}

function parseTokens(text: string): string[] {
  const tokens = text.split(/\s+/).filter((token) => token !== '');
  if (tokens.every((token) => /^[A-Za-z0-9][^\s=]*=[\x21-\x7e]+$/.test(token))) return tokens;
  throw new UserError(
    'FetchFailed',
    "access-tokens in the flake's Secret is malformed; write host=token, separated by spaces",
  );
}

function parseAuthorities(text: string): string {
  const certificates = parseCertificates(text);
  if (certificates !== undefined) return certificates;
  throw new UserError(
    'FetchFailed',
    "ca.crt in the flake's Secret is no certificate; give one or more as PEM, which begins with -----BEGIN CERTIFICATE-----",
  );
}

async function copySecret(from: string, to: string): Promise<string | undefined> {
  const text = await readOptional(from);
  if (text === undefined) return undefined;
  // ssh refuses a key without a newline at its end, which `kubectl create secret --from-literal` makes.
  await writeFile(to, text.endsWith('\n') ? text : `${text}\n`, { mode: 0o600 });
  await chmod(to, 0o600);
  return to;
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    noneWhereMissing(error);
    return undefined;
  }
}

function noneWhereMissing(error: unknown): readonly string[] {
  if (codeOf(error) === 'ENOENT') return [];
  throw error;
}
