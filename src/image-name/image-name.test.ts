import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asError, UserError } from '../errors.ts';
import { formatImageName, type ImageName, parseImageName, parseImageTag } from './image-name.ts';

const digest = `sha256:${'0a'.repeat(32)}`;

describe('parseImageName', () => {
  test.each([
    ['git.example/talya/chog:f5d53117', { host: 'git.example', repository: 'talya/chog', tag: 'f5d53117' }],
    ['localhost/app:1', { host: 'localhost', repository: 'app', tag: '1' }],
    ['localhost:5000/a/b/c:v1.2-rc_3', { host: 'localhost:5000', repository: 'a/b/c', tag: 'v1.2-rc_3' }],
    ['[::1]:5000/app:1', { host: '[::1]:5000', repository: 'app', tag: '1' }],
    ['docker.io/nginx:1', { host: 'docker.io', repository: 'library/nginx', tag: '1' }],
    ['index.docker.io/team/app:1', { host: 'docker.io', repository: 'team/app', tag: '1' }],
    [`r.example/a__b--c.d:1@${digest}`, { host: 'r.example', repository: 'a__b--c.d', tag: '1', digest }],
  ])('takes %s apart', (text, parts) => {
    expect(parseImageName(text)).toEqual({ ...parts, text });
  });

  test.each([
    ['', /is empty/],
    ['nginx:1', /host; write git\.example\/nginx:1, with the host/],
    ['team/app:1', /host; write git\.example\/team\/app:1, with/],
    ['/app:1', /host; write git\.example\/app:1, with/],
    ['-r.example/app:1', /malformed host/],
    ['r.example:port/app:1', /malformed host/],
    ['https://r.example/app:1', /malformed/],
    ['r.example/:1', /no repository; write r\.example\/app:1\.0/],
    ['r.example/Team/App:1', /write r\.example\/team\/app, repositories are lower-case/],
    ['r.example/a//b:1', /malformed repository/],
    ['r.example/a..b:1', /malformed repository/],
    [`r.example/${'a'.repeat(250)}:1`, /within 255/],
    ['r.example/app', /no tag; .* write r\.example\/app:1\.0/],
    [`r.example/app@${digest}`, /no tag; .* write r\.example\/app:1\.0$/],
    ['r.example/app:', /malformed tag/],
    ['r.example/app:-x', /malformed tag/],
    ['r.example/app:a b', /malformed tag/],
    ['r.example/app:1\n', /malformed tag "1\?"/],
    [`r.example/app:${'t'.repeat(129)}`, /within 128/],
    ['r.example/app:1@sha256:12', /malformed digest/],
    [`r.example/app:1@${digest}@${digest}`, /malformed digest/],
  ])('refuses %j', (text, message) => {
    const parse = () => parseImageName(text);
    expect(parse).toThrow(UserError);
    expect(parse).toThrow(message);
  });

  test.each([
    ['r.example/app:$(X)', /malformed tag/],
    ['r.example/../app:1', /malformed repository/],
    ['r.example/%2e%2e/app:1', /malformed repository/],
    ['\u0433.example/app:1', /malformed host/],
    ['r.example/\u0430pp:1', /malformed repository/],
    ['user:password@r.example/app:1', /registry host|malformed/],
    ['x'.repeat(500), /host/],
    [`r.example/${'x/'.repeat(2000)}:1`, /has 4012 characters; keep it within 512/],
  ])('refuses what is made to mislead: %j', (text, message) => expect(() => parseImageTag(text)).toThrow(message));

  test('lets nothing through that a path, a shell or the kubelet could read differently', () => {
    const almost = fc.tuple(name, fc.nat(), fc.string({ maxLength: 3, unit: 'binary' })).map(([parts, at, insert]) => {
      const text = formatImageName(parts);
      return text.slice(0, at % text.length) + insert + text.slice(at % text.length);
    });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), almost), (text) => {
        const accepted = parsedOrRefused(text);
        if (accepted === undefined) return;
        const canonical = formatImageName(accepted);
        expect(canonical).toMatch(/^[A-Za-z0-9[][A-Za-z0-9._:/@[\]-]*$/);
        expect(canonical).not.toMatch(/(?:^|\/)\.\.?(?:\/|$)/);
        expect(formatImageName(parseImageName(canonical))).toBe(canonical);
      }),
      { numRuns: 2000 },
    );
  });

  test('keeps its message short and printable whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 5000 }), (text) => {
        expect(messageOf(() => parseImageName(text))).toMatch(/^[\x20-\x7e…]{0,900}$/u);
      }),
    );
  });
});

function messageOf(action: () => unknown): string {
  try {
    action();
    return '';
  } catch (thrown) {
    return asError(thrown).message;
  }
}

function parsedOrRefused(text: string): ImageName | undefined {
  try {
    return parseImageName(text);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(UserError);
    return undefined;
  }
}

const name = fc.record(
  {
    host: fc.stringMatching(/^[a-z0-9]{1,9}(-[a-z0-9]{1,5})?\.[a-z]{2,5}(:[0-9]{2,5})?$/),
    repository: fc.stringMatching(/^[a-z0-9]{1,9}((\.|_|__|-{1,3})[a-z0-9]{1,5})?(\/[a-z0-9]{1,9}){1,3}$/),
    tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,60}$/),
    digest: fc.stringMatching(/^sha256:[0-9a-f]{64}$/),
  },
  { requiredKeys: ['host', 'repository', 'tag'] },
);

test('formatting and parsing are each other’s inverse', () => {
  fc.assert(
    fc.property(name, (parts) => {
      const text = formatImageName(parts);
      expect(parseImageName(text)).toEqual({ ...parts, text });
    }),
  );
});
