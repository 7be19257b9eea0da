import { expect, test } from 'vitest';
import { parseReport, reportPrefix } from '../src/api/report.ts';
import { BuildResult, FetchResult, ImportResult, StorePath } from '../src/api/result.ts';
import { outcomeOf } from '../src/cluster-view/outcome.ts';
import { parseSecretName } from '../src/cluster-view/secret-name.ts';
import { asError } from '../src/errors.ts';
import { fillTag, parseFlakeReference, parsePackageName, parseSystem } from '../src/flake-reference/flake-reference.ts';
import { formatImageName, parseImageName, parseImageTag } from '../src/image-name/image-name.ts';
import { oneLine, printableLine, printableText } from '../src/printable.ts';
import { aJob, aPod } from './support/builders.ts';

/**
 * Every parser of a stranger's text, on texts as long as an annotation and as an object can be. `linear-expressions.test.ts` counts
 * what their expressions cost; here it is that each looks at the length first, or does with a text of any length what is linear, and
 * that what it answers is short: a refusal goes into events and conditions. One that is not linear does not end in a test's time.
 */
const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  parseFlakeReference,
  fillTag: (text) => fillTag(text, '1.0'),
  'fillTag with a long tag': (text) => parseFlakeReference(fillTag('git+https://git.example/a?ref={tag}', text)),
  parsePackageName,
  parseSystem,
  parseImageName: (text) => formatImageName(parseImageName(text)),
  parseImageTag: (text) => formatImageName(parseImageTag(text)),
  parseSecretName: (text) => parseSecretName(text, 'here'),
  printableLine: (text) => printableLine(text, 200),
  printableText: (text) => printableText(text, 200),
  oneLine: (text) => oneLine(text, 200),
  'a store path': (text) => StorePath.safeParse(`/nix/store/${text}`).success,
  'a result of a fetch': (text) => FetchResult.safeParse({ ok: true, lockedUrl: text }).success,
  'a failure of a build': (text) =>
    BuildResult.safeParse({ ok: false, reason: 'BuilderFailed', retry: false, message: text, logTail: text }).success,
  'a result of an import': (text) =>
    ImportResult.safeParse({ ok: true, imageDigest: text, unpackFailure: text }).success,
  'a line of a log': (text) => parseReport(`${reportPrefix}${text}`),
  'a termination message': (text) => {
    const terminated = { exitCode: 1, reason: text, message: text, finishedAt: '' };
    const container = {
      list: 'app',
      name: 'build',
      image: 'a',
      pullPolicy: 'Always',
      running: false,
      terminated,
    } as const;
    return outcomeOf({ job: aJob(), pod: { ...aPod(), containers: [container] } }, 'build', BuildResult);
  },
};

const pumps = [
  '?host=',
  '{tag}',
  '%',
  '%41',
  'a',
  'a-',
  'a.',
  'a/',
  '::',
  ':',
  '/',
  '@',
  '-',
  '.',
  '"',
  "'",
  '[',
  ']',
  '[[',
  '\\',
  '`',
  '\n',
  ' ',
  '\t',
  '&a=b',
  '://',
  '\u001b[',
  '\u202e',
  'é',
  '\ud800',
  '0',
  '{"a":',
  '"a".',
];
const leads = ['', 'git+https://h/a?ref=', 'a.example/a:'];

/** What an annotation holds, behind every beginning; what an object holds, behind none. */
const texts = [...leads.map((lead) => ({ lead, size: 256 * 1024 })), { lead: '', size: 1024 * 1024 }].flatMap(
  ({ lead, size }) => pumps.map((pump) => lead + pump.repeat(size / pump.length)),
);

test.each(Object.keys(parsers))('%s', (name) => {
  const parse = parsers[name] ?? (() => undefined);
  for (const text of texts) expect(answerOf(parse, text)).toBeLessThan(8000);
});

function answerOf(parse: (text: string) => unknown, text: string): number {
  try {
    return JSON.stringify(parse(text) ?? '').length;
  } catch (thrown) {
    return asError(thrown).message.length;
  }
}
