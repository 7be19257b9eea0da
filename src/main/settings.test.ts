import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { aNode } from '../../test/support/builders.ts';
import { certificate } from '../../test/support/certificate.ts';
import { groups, type Setting } from './setting.ts';
import { type ControllerSettings, controllerCommand } from './settings.ts';
import { settingsTable } from './settings-table.ts';

function given(...args: string[]): ControllerSettings {
  let settings: ControllerSettings | undefined;
  const command = controllerCommand({}, (parsed) => {
    settings = parsed;
    return Promise.resolve();
  });
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  command.parse(['--image', 'registry.example/enbi:1', ...args], { from: 'user' });
  if (settings === undefined) throw new Error('the command did not run');
  return settings;
}

describe('settings', () => {
  test('that are not given have their defaults', () => {
    expect(given()).toMatchObject({
      logLevel: 'info',
      httpPort: 8080,
      kubeconfig: undefined,
      builds: { namespace: 'enbi', timeoutSeconds: 7200, cores: 0, substituters: undefined, isolation: 'Auto' },
    });
    expect(Object.keys(given().builds.resources)).toEqual(['requests']);
  });

  test('that are given are parsed', () => {
    const { builds } = given('--substituters', ' https://a  https://b ', '--build-memory-limit', '4Gi');
    expect(builds).toMatchObject({
      substituters: ['https://a', 'https://b'],
      resources: { limits: { memory: '4Gi' } },
    });
  });

  test('of CPU and memory of builds are those of their containers, which request half of what their Pod does', () => {
    const flags = '--build-cpu 500m --build-cpu-limit 2 --build-memory 1Gi --build-memory-limit 1024Mi';
    const { resources } = given(...flags.split(' ')).builds;
    expect(resources).toEqual({
      requests: { cpu: '250m', memory: '0.5Gi' },
      limits: { cpu: '2', memory: '1024Mi' },
    });
    const { requests } = given('--build-cpu', '1', '--build-memory', '333M').builds.resources;
    expect(requests).toEqual({ cpu: '0.5', memory: '166.5M' });
    expect(given('--build-cpu', '5m').builds.resources.requests.cpu).toBe('3m');
  });

  test.each([
    [['--build-cpu', '2', '--build-cpu-limit', '1900m'], '--build-cpu 2 is more than --build-cpu-limit 1900m'],
    [['--build-memory-limit', '128Mi'], '--build-memory 256Mi is more than --build-memory-limit 128Mi'],
  ])('%j are refused: no Pod could be made', (flags, why) => {
    expect(() => given(...flags)).toThrow(why);
  });

  test('hosts that are opened are written in one way', () => {
    const { openHosts } = given('--open-image-hosts', 'GHCR.io/team quay.io:443').builds;
    expect(openHosts).toEqual(['ghcr.io/team', 'quay.io']);
  });

  test('authorities are certificates and nothing else, features of the language are those that there are', () => {
    const pem = `-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----\n${certificate}`;
    const { authorities, languageFeatures } = given('--certificate-authorities', pem).builds;
    expect([authorities, languageFeatures]).toEqual([certificate, undefined]);
    const features = given('--language-features', 'pipe-operators blake3-hashes').builds.languageFeatures;
    expect(features).toEqual(['pipe-operators', 'blake3-hashes']);
  });

  test('no binary cache is something else than nothing said of binary caches', () => {
    expect(given('--substituters', '').builds.substituters).toEqual([]);
  });

  test.each([
    ['', []],
    ['*', [{ operator: 'Exists' }]],
    [
      'a.example/b:NoSchedule, c',
      [
        { key: 'a.example/b', operator: 'Exists', effect: 'NoSchedule' },
        { key: 'c', operator: 'Exists' },
      ],
    ],
    ['a=b:NoExecute', [{ key: 'a', operator: 'Equal', value: 'b', effect: 'NoExecute' }]],
    ['a=', [{ key: 'a', operator: 'Equal', value: '' }]],
  ])('--tolerations %s', (text, tolerations) => {
    expect(given('--tolerations', text).builds.tolerations).toEqual(tolerations);
    expect(text).toMatch(new RegExp(String(settingsTable.tolerations.kind.schema['pattern'])));
  });

  test.each([
    ['--node-repel', 'a b', '"a b" is no label requirement; write key=value'],
    ['--node-repel', 'a=b,', '"" is no label requirement'],
    ['--node-repel', '!a=b', '"!a=b" is no label requirement'],
    ['--tolerations', 'a:Sometimes', '"a:Sometimes" is no toleration'],
    ['--tolerations', 'a,-b', '"-b" is no toleration'],
    ['--open-image-hosts', 'ghcr.io https://quay.io', '"https://quay.io" is no host'],
    ['--open-image-hosts', 'a.example '.repeat(65), 'write at most 64 hosts.'],
    ['--certificate-authorities', '/etc/ssl/ca.crt', 'write certificates as PEM'],
    ['--certificate-authorities', certificate.repeat(40), 'write 16384 characters of certificates at most.'],
    [
      '--language-features',
      'pipe-operators impure-derivations',
      'Allowed choices are pipe-operators, parse-toml-timestamps, blake3-hashes.',
    ],
    ['--build-jobs', '0', 'write a number above zero.'],
    ['--build-cores', '1.5', 'write a whole number.'],
    ['--agent-idle', 'allways', 'write a whole number of seconds, at most 604800, or always.'],
    ['--build-memory', '4 GB', 'write a quantity such as 500m, 2 or 4Gi.'],
    ['--containerd-socket', '/run/../x.sock', 'write an absolute path.'],
    ['--unpack-images', 'over/layfs', "write a snapshotter's name, such as overlayfs."],
    ['--log-level', 'trace', 'Allowed choices are debug, info, warn, error.'],
    ['--image-pull-policy', 'Sometimes', 'Allowed choices are Always, IfNotPresent, Never.'],
  ])('%s %s is refused', (flag, value, advice) => {
    expect(() => given(flag, value)).toThrow(advice);
  });
});

describe('nodes that are repelled', () => {
  const node = (labels: Readonly<Record<string, string>>) => aNode({ labels });

  test.each<[string, Readonly<Record<string, string>>, boolean]>([
    ['', { a: 'b' }, false],
    ['a', { a: '' }, true],
    ['!a', { a: '' }, false],
    ['a=b', { a: 'b' }, true],
    ['a == b', { a: 'b' }, true],
    ['a!=b', { a: 'b' }, false],
    ['a=', { a: '' }, true],
    ['x.example/a, !c', { 'x.example/a': '' }, true],
    ['x.example/a, !c', { 'x.example/a': '', c: '' }, false],
  ])('by "%s" with labels %j: %s', (selector, labels, isRepelled) => {
    expect(given('--node-repel', selector).builds.repels(node(labels))).toBe(isRepelled);
  });
});

/** What the chart refuses, Helm says before anything changes; the controller would only say it in a crash loop. */
describe('what the chart takes the controller takes', () => {
  const entries = Object.entries<Setting<unknown>>(settingsTable).filter(
    ([, { kind, chart }]) => chart !== undefined && kind.schema['type'] === 'string',
  );
  const texts = [
    '',
    'a b',
    'a=b',
    '!a',
    'a,,b',
    ' ',
    'a:NoExecute',
    '*',
    '4Gi',
    '4 Gi',
    '1h',
    '/run/x',
    'Auto',
    'Debug',
    '0',
  ];

  test.each(entries)('%s', (_, { kind }) => {
    const taken = texts.filter((text) => matchesSchema(text, kind.schema));
    expect(taken.filter((text) => !isTaken(text, kind))).toEqual([]);
  });

  const hosts = [
    'ghcr.io',
    'ghcr.io/team',
    'quay.io:443',
    'localhost',
    'localhost:5000',
    '[::1]:5000',
    'https://quay.io',
    'a.b/',
    'A.b/C',
  ];

  test.each(hosts)('openImageHosts: %s', (host) => {
    const schema = z.fromJSONSchema(settingsTable.openImageHosts.kind.schema);
    expect(schema.safeParse([host]).success).toBe(isTaken(host, settingsTable.openImageHosts.kind));
  });

  function matchesSchema(text: string, schema: Setting<unknown>['kind']['schema']): boolean {
    const { pattern, enum: choices } = schema as { pattern?: string; enum?: readonly string[] };
    if (choices !== undefined) return choices.includes(text);
    return pattern === undefined || new RegExp(pattern).test(text);
  }

  function isTaken(text: string, kind: Setting<unknown>['kind']): boolean {
    try {
      kind.parse(text);
      return true;
    } catch {
      return false;
    }
  }
});

describe('the table', () => {
  const entries = Object.entries<Setting<unknown>>(settingsTable);

  test.each(entries)('has a default of %s that the setting itself would take', (_, { kind, fallback }) => {
    if (fallback === undefined) return;
    expect(kind.parse(String(fallback))).toEqual(fallback);
  });

  test('gives each setting a group, and a place of its own in the chart', () => {
    const places = entries.flatMap(([, { chart }]) => chart ?? []);
    expect(new Set(places).size).toBe(places.length);
    expect(entries.filter(([, { group }]) => !groups.includes(group))).toEqual([]);
  });
});
