import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleInParts } from './bundle.ts';

describe('what the controller loads and holds in memory for as long as it lives', () => {
  const directory = mkdtempSync(join(tmpdir(), 'enbi-parts-'));
  let parts: ReadonlyMap<string, string> = new Map();

  beforeAll(async () => {
    await bundleInParts('src/main/main.ts', directory);
    const texts = new Map(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
    const first = [...texts].filter(([, text]) => text.includes('runController')).map(([name]) => name);
    parts = new Map([...closureOf(first, texts)].map((name) => [name, texts.get(name) ?? '']));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is no more than 860,000 bytes of text, of which none reads YAML', () => {
    const bytes = [...parts.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    expect(bytes).toBeGreaterThan(300_000);
    expect(bytes).toBeLessThan(860_000);
    expect([...parts].filter(([, text]) => text.includes('YAMLParseError')).map(([name]) => name)).toEqual([]);
  });

  it('hardly has a part with a character beyond Latin-1, for which V8 would hold all of it in two bytes each', () => {
    const doubled = [...parts.values()].filter((text) => Buffer.from(text, 'latin1').toString('latin1') !== text);
    expect(doubled.reduce((sum, text) => sum + text.length, 0)).toBeLessThan(50_000);
  });

  it('imports node:http nowhere as a module, which would load undici', () => {
    expect([...parts].filter(([, text]) => /from"(node:)?http"/.test(text)).map(([name]) => name)).toEqual([]);
  });
});

function closureOf(first: readonly string[], texts: ReadonlyMap<string, string>): ReadonlySet<string> {
  const found = new Set(first);
  for (const name of found) {
    for (const [, next = ''] of (texts.get(name) ?? '').matchAll(/(?:from|import)"\.\/(part-\w+\.mjs)"/g))
      found.add(next);
  }
  return found;
}
