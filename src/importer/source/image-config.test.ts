import { describe, expect, test } from 'vitest';
import { limits } from '../limits.ts';
import { parseImageConfig } from './image-config.ts';

const plain = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } };

function parsed(config: object) {
  return () => parseImageConfig(Buffer.from(JSON.stringify({ ...plain, ...config })));
}

function many(count: number) {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`key-${at}`, 'value']));
}

test.each([
  [
    'all that the format has',
    { created: '2024-02-29T23:59:59.5+01:00', author: 'a', history: [{ empty_layer: true }] },
  ],
  [
    'what Docker adds',
    { docker_version: '27', container_config: { labels: 1 }, config: { Healthcheck: { Test: [] } } },
  ],
  [
    'null wherever there is nothing',
    { created: null, config: { Env: null, Labels: null, Volumes: null }, history: null },
  ],
  ['ports and volumes', { config: { ExposedPorts: { '80/tcp': {} }, Volumes: { '/data': null } } }],
  ['small letters where only the runtime looks', { config: { cmd: ['/bin/app'], env: ['A=1'] } }],
])('takes %s', (_, config) => expect(parsed(config)()).toMatchObject(config));

test.each<[string, object, RegExp]>([
  ['arguments that are a text', { config: { Cmd: '/bin/app' } }, /config.Cmd: the runtime cannot read/],
  ['the same in small letters', { config: { cmd: '/bin/app' } }, /config.cmd: the runtime/],
  ['a variable that is a number', { config: { Env: [1] } }, /config.Env/],
  ['a volume that is a text', { config: { Volumes: { '/data': '/host' } } }, /config.Volumes/],
  ['a time that is none', { created: '2023-02-29T00:00:00Z' }, /at created/],
  ['a time without a zone', { created: '2023-02-28T00:00:00' }, /at created/],
  ['a time in history that is none', { history: [{ created: 'now' }] }, /history.created/],
  ['history that is none', { history: { a: 1 } }, /at history/],
  ['a label that is a number', { config: { Labels: { a: 1 } } }, /config.Labels.a/],
  ['a user twice', { config: { User: 'a', user: 'b' } }, /config.user twice/],
])('refuses %s, as the runtime would once the image was named', (_, config, message) => {
  expect(parsed(config)).toThrow(
    expect.objectContaining({ reason: 'InvalidArchive', message: expect.stringMatching(message) }),
  );
});

describe('what the runtime reads is what is looked at', () => {
  const Labels = { 'containerd.io/restart.loguri': 'binary:///bin/sh' };

  test.each<[string, object, RegExp]>([
    ['labels in small letters', { config: { labels: Labels } }, /config.labels, which must be spelt Labels/],
    ['labels with a long s', { config: { Label\u017f: Labels } }, /must be spelt Labels/],
    ['another config', { Config: { Labels } }, /Config, which must be spelt config/],
    ['other layers', { rootFS: { type: 'layers', diff_ids: ['sha256:0'] } }, /must be spelt rootfs/],
    ['another machine', { Architecture: 'arm64' }, /must be spelt architecture/],
  ])('so %s are refused', (_, config, message) => {
    expect(parsed(config)).toThrow(
      expect.objectContaining({ reason: 'InvalidArchive', message: expect.stringMatching(message) }),
    );
  });

  test('and the labels themselves', () => {
    expect(parsed({ config: { Labels } })).toThrow(expect.objectContaining({ reason: 'ReservedLabel' }));
  });
});

test('of labels, variables and the like there may be some thousands', () => {
  expect(parsed({ config: { Labels: many(limits.configEntries) } })).not.toThrow();
  const tooMany = expect.objectContaining({
    reason: 'ImageTooLarge',
    message: expect.stringContaining('config.Labels'),
  });
  expect(parsed({ config: { Labels: many(limits.configEntries + 1) } })).toThrow(tooMany);
});
