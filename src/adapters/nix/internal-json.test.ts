import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NixEvent } from '../../builder/ports.ts';
import { InternalJsonReader } from './internal-json.ts';
import { LineSplitter } from './line-splitter.ts';

describe('a run of Nix as events', () => {
  test('two derivations, one needing the other', () => {
    const told = eventsOf('build-dep').filter(({ type }) => type !== 'ended' && type !== 'copyExpected');
    expect(told.map(brief)).toEqual([
      'planned 2',
      'building lower.drv',
      'line step 1',
      'line step 2',
      'line step 3',
      'building top.drv',
    ]);
  });

  test('a path copied from a binary cache', () => {
    const events = eventsOf('build-subst')
      .filter(({ type }) => type !== 'ended')
      .map(brief);
    expect([...new Set(events)]).toEqual(['copyExpected 0', 'copyExpected 120', 'copying top', 'copied 120']);
  });

  test('a failure names its derivation, not the one above it', () => {
    const failed = eventsOf('build-depfail').filter(({ type }) => type === 'failed');
    expect(failed).toHaveLength(2);
    expect(failed[0]).toHaveProperty('drvPath', expect.stringContaining('-lowerfail.drv'));
    expect(failed[1]).not.toHaveProperty('drvPath');
  });

  test('what git writes past the log', () => {
    const reader = new InternalJsonReader('build');
    expect(read(reader, ['Counting: 1%\rCounting: 100%\r', 'fatal: \u001b[31mno\u001b[0m'])).toEqual([
      { type: 'notice', text: 'fatal: no' },
    ]);
  });
});

describe('a file of the Pod that fetches', () => {
  const hash = 'sha256:142d1a6dd0c9d4fcf6575758065ba39514f55ebee49c1f0bb88c9bcfde5172b3';
  const words = (url: string) => `hash mismatch while fetching ${url}: expected sha256:aaaa but got ${hash}`;
  const error = (text: string) =>
    `@nix ${JSON.stringify({ action: 'msg', level: 0, msg: `error: ${text}`, raw_msg: text, file: null, line: null, column: null })}`;
  const warning = (text: string) => `@nix ${JSON.stringify({ action: 'msg', level: 1, msg: text })}`;

  test.each([
    error(words('file:///enbi/secret/netrc')),
    error(words('FiLe:/enbi/secret/netrc')),
    error(words('(CAfile: CRLfile: file:///enbi/secret/netrc')),
    error(words('fi\u001b[35;1mle:///enbi/secret/netrc')),
    warning(`• Added input 's': 'path:/enbi/secret?narHash=${hash}'`),
  ])('is not told of: %s', (line) => {
    const reader = new InternalJsonReader('fetch');
    const told = JSON.stringify([reader.read({ text: line }), reader.errors, reader.doubts]);
    expect(told).toContain('names a file of the Pod');
    expect(told).not.toContain(hash);
  });

  test('is no URL, and nothing where there are no credentials', () => {
    for (const [stage, url] of [
      ['fetch', 'https://h/x'],
      ['build', 'file:///x'],
    ] as const) {
      expect(JSON.stringify(new InternalJsonReader(stage).read({ text: error(words(url)) }))).toContain(hash);
    }
  });
});

describe('a builder that imitates Nix', () => {
  const start =
    '@nix {"action":"start","id":1,"level":3,"parent":0,"text":"","type":105,"fields":["/nix/store/x.drv","",1,1]}';

  test.each([
    [
      'an error',
      '@nix {"action":"msg","level":0,"msg":"no space left on device"}',
      [{ type: 'notice', text: 'no space left on device' }],
    ],
    ['a copy by a transfer of its own', '@nix {"action":"result","id":2,"type":105,"fields":[9,9,0,0]}', []],
    ['expected bytes on its transfer', '@nix {"action":"result","id":2,"type":106,"fields":[100,99]}', []],
    ['a line of no build', '@nix {"action":"result","id":3,"type":101,"fields":["x"]}', []],
    ['broken JSON', '@nix {"action":', []],
    ['another shape', '@nix {"action":"result","id":"1","type":101,"fields":{}}', []],
    ['no JSON object', '@nix 7', []],
  ])('%s', (_, line, expected) => {
    const reader = new InternalJsonReader('build');
    read(reader, [
      start,
      '@nix {"action":"start","id":2,"level":0,"parent":1,"text":"","type":101,"fields":["http://x"]}',
    ]);
    expect(read(reader, [line])).toEqual(expected);
    expect(reader.errors).toEqual([]);
  });

  test('a line of megabytes is shortened, not lost', () => {
    const reader = new InternalJsonReader('build');
    read(reader, [start]);
    for (const content of [
      'a'.repeat(3_000_000),
      '\\\\'.repeat(1_000_000),
      '\\u0000'.repeat(500_000),
      '\\"'.repeat(1_000_000),
    ]) {
      const events = read(reader, [`@nix {"action":"result","fields":["${content}"],"id":1,"type":101}`]);
      expect(events).toEqual([{ type: 'line', activity: 1, line: expect.any(String) }]);
    }
  });

  test('nothing makes the reader throw', () => {
    const word = fc.constantFrom(
      '@nix ',
      '{"action":"start"',
      '"id":1',
      '"type":105',
      '"fields":[',
      ']',
      '}',
      ',',
      '"level":0',
      '"msg":"x"',
      '1e999',
      'null',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 15 }), (words) => {
        read(new InternalJsonReader('build'), [words.join('')]);
      }),
    );
  });
});

function eventsOf(fixture: string): NixEvent[] {
  const splitter = new LineSplitter();
  const reader = new InternalJsonReader('build');
  const file = readFileSync(join(import.meta.dirname, `fixtures/${fixture}.log`));
  return [...splitter.push(file), ...splitter.end()].flatMap((line) => reader.read(line));
}

function read(reader: InternalJsonReader, lines: readonly string[]): NixEvent[] {
  const splitter = new LineSplitter();
  return lines.flatMap((line) => splitter.push(Buffer.from(`${line}\n`))).flatMap((line) => reader.read(line));
}

function brief(event: NixEvent): string {
  switch (event.type) {
    case 'planned':
      return `planned ${event.derivations}`;
    case 'building':
      return `building ${event.drvPath.slice('/nix/store/'.length + 33)}`;
    case 'copying':
      return `copying ${event.path.slice('/nix/store/'.length + 33)}`;
    case 'line':
      return `line ${event.line}`;
    case 'copied':
    case 'copyExpected':
      return `${event.type} ${event.bytes}`;
    case 'ended':
    case 'phase':
    case 'failed':
    case 'notice':
      return event.type;
    default:
      return event satisfies never;
  }
}
