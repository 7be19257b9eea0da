import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { certificate } from '../../../test/support/certificate.ts';
import { trustBeside } from './certificates.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'enbi-certificates-'));
});
afterEach(() => rmSync(home, { recursive: true }));

test('changes nothing where no authority is given', async () => {
  expect(await trustBeside({}, [undefined, undefined], home)).toEqual({});
});

test('adds authorities to those that are known, for git and for Nix', async () => {
  const known = join(home, 'known.crt');
  writeFileSync(known, 'KNOWN');
  const variables = await trustBeside({ SSL_CERT_FILE: known }, [undefined, certificate], home);
  const [path = '', ...others] = new Set(Object.values(variables));
  expect([Object.keys(variables), others]).toEqual([['NIX_SSL_CERT_FILE', 'SSL_CERT_FILE', 'GIT_SSL_CAINFO'], []]);
  expect(readFileSync(path, 'utf8')).toBe(`KNOWN\n${certificate}`);
  expect(readFileSync(known, 'utf8')).toBe('KNOWN');
});
