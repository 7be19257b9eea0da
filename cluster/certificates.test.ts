import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuthority, issue } from './certificates.ts';

let pki: string;

beforeAll(async () => {
  pki = await mkdtemp(join(tmpdir(), 'enbi-pki-'));
  await createAuthority(pki, 'ca');
});

afterAll(async () => await rm(pki, { recursive: true }));

test('a server certificate serves under its names and addresses, and nothing else', async () => {
  const certificate = await issued('node', {
    commonName: 'system:node:node-1',
    organization: 'system:nodes',
    hosts: ['node-1', '10.213.0.11'],
  });
  expect(certificate.checkHost('node-1')).toBe('node-1');
  expect(certificate.checkIP('10.213.0.11')).toBe('10.213.0.11');
  expect(certificate.checkHost('node-2')).toBeUndefined();
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1']);
});

test('a certificate carries user and group, and is vouched for by the authority', async () => {
  const certificate = await issued('admin', { commonName: 'kubernetes-admin', organization: 'system:masters' });
  const authority = new X509Certificate(await readFile(join(pki, 'ca.crt')));
  expect(certificate.subject.split('\n')).toEqual(['O=system:masters', 'CN=kubernetes-admin']);
  expect(certificate.verify(authority.publicKey)).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(certificate.subjectAltName).toBeUndefined();
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
});

test('a certificate that exists is kept', async () => {
  const first = await issued('kept', { commonName: 'kept' });
  expect((await issued('kept', { commonName: 'kept' })).serialNumber).toBe(first.serialNumber);
});

async function issued(name: string, subject: Parameters<typeof issue>[3]): Promise<X509Certificate> {
  return new X509Certificate(await readFile((await issue(pki, 'ca', name, subject)).certificate));
}
