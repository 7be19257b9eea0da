import { describe, expect, test } from 'vitest';
import { type NixSettings, nixConf, nixEnvironment } from './settings.ts';

const nix = { extraPlatforms: [], timeoutSeconds: 3600, maxSilentSeconds: 600, maxJobs: 2, cores: 4 };
const settings: NixSettings = { order: { isolation: 'Unprivileged', nix }, stage: 'build' };

describe('nixConf', () => {
  test.each([
    ['no registries', settings, ['use-registries = false', 'flake-registry = ']],
    ['nothing a flake configures', settings, ['accept-flake-config = false']],
    ['never a sandbox that is given up silently', settings, ['sandbox = false', 'sandbox-fallback = false']],
    [
      'a sandbox where it is ordered',
      { ...settings, order: { isolation: 'Sandboxed', nix } } as const,
      ['sandbox = true', 'sandbox-fallback = false'],
    ],
    ['limits', settings, ['timeout = 3600', 'max-silent-time = 600', 'max-jobs = 2', 'cores = 4']],
    ['no builder where the credentials are', { ...settings, stage: 'fetch' } as const, ['max-jobs = 0', 'builders = ']],
    ['fresh references in fetch', { ...settings, stage: 'fetch' } as const, ['tarball-ttl = 0']],
    ['no substituters when told so', withNix({ substituters: [] }), ['substituters = ']],
    [
      'substituters',
      withNix({ substituters: ['https://a', 'https://b?priority=1'], trustedPublicKeys: ['a-1:AAAA='] }),
      ['substituters = https://a https://b?priority=1', 'trusted-public-keys = a-1:AAAA='],
    ],
    ['a build of what a cache does not give after all', settings, ['fallback = true']],
    ['the features that flakes need', settings, ['experimental-features = nix-command flakes']],
    [
      'features of the language when told so',
      withNix({ languageFeatures: ['pipe-operators'] }),
      ['experimental-features = nix-command flakes pipe-operators'],
    ],
    ['platforms', withNix({ extraPlatforms: ['aarch64-linux'] }), ['extra-platforms = aarch64-linux']],
    [
      'tokens',
      { ...settings, accessTokens: ['github.com=abc'], netrcFile: '/tmp/x/.netrc' },
      ['access-tokens = github.com=abc', 'netrc-file = /tmp/x/.netrc'],
    ],
  ])('has %s', (_, given, expected) => {
    const lines = nixConf(given).split('\n');
    for (const line of expected) expect(lines).toContain(line);
  });

  test('leaves what is not ordered to Nix', () => {
    expect(nixConf(settings)).not.toMatch(/^(?:substituters|trusted-public-keys|access-tokens|netrc-file)/m);
  });

  test.each([
    ['a substituter', { substituters: ['https://a\nsandbox = false'] }],
    ['a substituter with a space', { substituters: ['https://a https://b'] }],
    ['a key', { trustedPublicKeys: ['a:b c'] }],
    ['a platform', { extraPlatforms: ['x y'] }],
  ])('refuses %s that would be another setting', (_, changes) => {
    expect(() => nixConf(withNix(changes))).toThrow('not a valid setting');
  });
});

test("Nix's environment has only what it needs", () => {
  const home = { directory: '/tmp/x', cache: '/c' };
  const inherited = {
    PATH: '/usr/bin',
    https_proxy: 'http://p',
    NIX_CONFIG: 'sandbox = false',
    GIT_SSH: 'x',
    HOME: '/root',
    LD_PRELOAD: 'x',
  };
  expect(nixEnvironment(inherited, home)).toEqual({
    PATH: '/tmp/x/bin:/usr/bin',
    https_proxy: 'http://p',
    HOME: '/tmp/x',
    XDG_CACHE_HOME: '/c',
    NIX_CONF_DIR: '/tmp/x',
    NIX_USER_CONF_FILES: '',
    LANG: 'C.UTF-8',
    GIT_TERMINAL_PROMPT: '0',
    GIT_SSH_COMMAND: '/usr/bin/ssh',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_COUNT: '5',
    GIT_CONFIG_KEY_0: 'core.hooksPath',
    GIT_CONFIG_VALUE_0: '/dev/null',
    GIT_CONFIG_KEY_1: 'core.fsmonitor',
    GIT_CONFIG_VALUE_1: 'false',
    GIT_CONFIG_KEY_2: 'url.http.insteadOf',
    GIT_CONFIG_VALUE_2: 'enbiwithoutlfshttp',
    GIT_CONFIG_KEY_3: 'url.ssh.insteadOf',
    GIT_CONFIG_VALUE_3: 'enbiwithoutlfsssh',
    GIT_CONFIG_KEY_4: 'url.git.insteadOf',
    GIT_CONFIG_VALUE_4: 'enbiwithoutlfsgit',
    GIT_ALLOW_PROTOCOL: 'https:http:ssh:git',
  });
});

function withNix(changes: Partial<NixSettings['order']['nix']>): NixSettings {
  return { ...settings, order: { isolation: 'Unprivileged', nix: { ...nix, ...changes } } };
}
