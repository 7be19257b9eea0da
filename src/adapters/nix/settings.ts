import type { BuildOrder } from '../../api/order.ts';
import { InternalError } from '../../errors.ts';
import { gitWithoutThat } from './large-files.ts';
import { ownPrograms, sshProgram } from './ssh.ts';

/** Settings of one run of Nix, the only ones: neither the image's nix.conf nor the flake's nixConfig has a say. */
export interface NixSettings {
  readonly order: Pick<BuildOrder, 'isolation' | 'nix'>;
  /** `fetch` asks again what a branch points to; `build` takes what was fetched. */
  readonly stage: 'fetch' | 'build';
  readonly netrcFile?: string;
  /** `host=token`, one each. */
  readonly accessTokens?: readonly string[];
}

const yearSeconds = 365 * 24 * 3600;
/** A builder that never ends a line makes Nix hold it all in memory. */
const maxLogBytes = 64 * 1024 ** 2;

/** The text of nix.conf. */
export function nixConf(settings: NixSettings): string {
  const { order, stage } = settings;
  const { nix } = order;
  const lines = {
    'experimental-features': ['nix-command', 'flakes', ...(nix.languageFeatures ?? [])].join(' '),
    // A missing state directory must fail, not make Nix put a store of its own below HOME.
    store: 'local',
    'build-users-group': '',
    'accept-flake-config': 'false',
    // A flake's nixConfig can set flake-registry even unaccepted, so registries are off altogether.
    'use-registries': 'false',
    'flake-registry': '',
    sandbox: order.isolation === 'Sandboxed' ? 'true' : 'false',
    'sandbox-fallback': 'false',
    substituters: words(nix.substituters, /^[a-z0-9+.-]+:\/\/[^\s]+$/),
    // A cache spares work and decides nothing: what it does not give after all is built. Without this a cache that dies after its
    // first answer fails every build (docs/design/0006-binary-caches.md).
    fallback: 'true',
    'trusted-public-keys': words(nix.trustedPublicKeys, /^[\w.-]+:[A-Za-z0-9+/=]+$/),
    'extra-platforms': words(nix.extraPlatforms, /^[a-z0-9_]+-[a-z0-9_]+$/),
    timeout: String(nix.timeoutSeconds),
    'max-silent-time': String(nix.maxSilentSeconds),
    // Nothing is built where the credentials are.
    'max-jobs': String(stage === 'fetch' ? 0 : nix.maxJobs),
    builders: '',
    cores: String(nix.cores),
    'max-build-log-size': String(maxLogBytes),
    'keep-build-log': 'false',
    'connect-timeout': '5',
    'download-attempts': '3',
    'stalled-download-timeout': '60',
    'tarball-ttl': String(stage === 'fetch' ? 0 : yearSeconds),
    'netrc-file': settings.netrcFile,
    'access-tokens': words(settings.accessTokens, /^[^\s=]+=\S+$/),
  };
  return Object.entries(lines)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name} = ${value}\n`]))
    .join('');
}

/** Undefined stays so: Nix' own default. A word with white space could become another setting. */
function words(values: readonly string[] | undefined, pattern: RegExp): string | undefined {
  const wrong = values?.find((value) => !pattern.test(value));
  if (wrong !== undefined)
    throw new InternalError('InternalError', `not a valid setting for Nix: ${JSON.stringify(wrong)}`);
  return values?.join(' ');
}

/** Variables of this process that Nix, git and curl may see: where certificates are and how to get out. */
const passedOn = new Set([
  'PATH',
  'SSL_CERT_FILE',
  'NIX_SSL_CERT_FILE',
  'GIT_SSL_CAINFO',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
]);

export interface NixHome {
  /** Fresh, this run's alone; its `nix.conf` holds the settings. */
  readonly directory: string;
  /** XDG_CACHE_HOME, on the store's volume; made by Nix. */
  readonly cache: string;
}

/** The environment of Nix, complete: a variable of the image or the Pod could be a setting of Nix or git. */
export function nixEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  { directory, cache }: NixHome,
): Record<string, string> {
  const kept = Object.entries(inherited).filter(
    (entry): entry is [string, string] => passedOn.has(entry[0]) && entry[1] !== undefined,
  );
  return {
    ...Object.fromEntries(kept),
    PATH: [ownPrograms(directory), ...(inherited['PATH'] === undefined ? [] : [inherited['PATH']])].join(':'),
    HOME: directory,
    XDG_CACHE_HOME: cache,
    NIX_CONF_DIR: directory,
    NIX_USER_CONF_FILES: '',
    LANG: 'C.UTF-8',
    // git asks nobody, and runs no other transports (`ext::`, `file:`), not even for submodules.
    GIT_TERMINAL_PROMPT: '0',
    GIT_SSH_COMMAND: sshProgram,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    ...gitSettings([['core.hooksPath', '/dev/null'], ['core.fsmonitor', 'false'], ...gitWithoutThat]),
    GIT_ALLOW_PROTOCOL: 'https:http:ssh:git',
  };
}

/**
 * Where credentials are. Of a repository that lies on this machine (`file:///nix/store/…` as a submodule of whatever depth, or an input) Nix
 * obeys the configuration, which a builder or an archive may have left there. With this it opens none but has git clone it, and git refuses
 * `file:` (GIT_ALLOW_PROTOCOL). Nix has it for its own tests, so ours see that it still does that.
 */
export const opensNoRepository = { _NIX_FORCE_HTTP: '1' } as const;

/** Stronger than the configuration in a clone. */
function gitSettings(entries: readonly (readonly [key: string, value: string])[]): Record<string, string> {
  const variables = entries.flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, key],
    [`GIT_CONFIG_VALUE_${at}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(entries.length), ...Object.fromEntries(variables) };
}
