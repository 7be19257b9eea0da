import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import { sshProgram } from './ssh.ts';

/** What a private flake needs, as found in the mounted Secret. */
export interface Credentials {
  /** There is a Secret, with whatever keys. */
  readonly areThere: boolean;
  readonly netrcFile?: string;
  readonly accessTokens?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Lays the Secret's keys out in `home`, which is gone before the build starts: git's curl reads `~/.netrc`, and ssh refuses a
 * key file that others may read. `secret` need not exist. Throws UserError `FetchFailed` for malformed keys.
 */
export async function layOutCredentials(secret: string, home: string): Promise<Credentials> {
  const netrc = await copySecret(join(secret, 'netrc'), join(home, '.netrc'));
  const key = await copySecret(join(secret, 'ssh-privatekey'), join(home, 'ssh-key'));
  const knownHosts = await copySecret(join(secret, 'known_hosts'), join(home, 'known_hosts'));
  await refuseForAnyHost(netrc);
  const tokens = await readOptional(join(secret, 'access-tokens'));
  return {
    areThere: (await readdir(secret).catch(noneWhereMissing)).length > 0,
    ...(netrc === undefined ? {} : { netrcFile: netrc }),
    ...(tokens === undefined ? {} : { accessTokens: parseTokens(tokens) }),
    environment: { GIT_SSH_COMMAND: sshCommand(key, knownHosts) },
  };
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
async function refuseForAnyHost(netrcFile: string | undefined): Promise<void> {
  const text = netrcFile === undefined ? '' : await readFile(netrcFile, 'utf8');
  const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('#'));
  const words = lines.flatMap((line) => line.trim().toLowerCase().split(/\s+/));
  if (!words.some((word, at) => word === 'default' && !beforeValues.includes(words[at - 1] ?? ''))) return;
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
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
  throw error;
}
