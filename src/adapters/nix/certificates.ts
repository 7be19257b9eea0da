import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const block = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----/g;

/** The certificates in a text, and nothing else of it (a private key may stand beside them); undefined when there are none, or one is broken. */
export function parseCertificates(text: string): string | undefined {
  const blocks = text.match(block);
  if (blocks === null || blocks.length !== text.split('-----BEGIN CERTIFICATE-----').length - 1) return undefined;
  try {
    return blocks.map((pem) => new X509Certificate(pem).toString()).join('');
  } catch {
    return undefined;
  }
}

type Variables = Readonly<Record<string, string>>;

/**
 * For git and Nix (its own downloads, binary caches, and builders that download: it gives them the file): the known authorities, and
 * these beside them. Whoever has written a bundle knows what is in it: one of their own is added to, not replaced.
 */
export async function trustBeside(
  known: Readonly<Record<string, string | undefined>>,
  authorities: readonly (string | undefined)[],
  home: string,
): Promise<Variables> {
  const added = authorities.filter((pem) => pem !== undefined);
  if (added.length === 0) return {};
  const path = join(home, 'ca-certificates.crt');
  const system = known['NIX_SSL_CERT_FILE'] ?? known['SSL_CERT_FILE'] ?? '/etc/ssl/certs/ca-certificates.crt';
  await writeFile(path, [await readFile(system, 'utf8'), ...added].join('\n'));
  return { NIX_SSL_CERT_FILE: path, SSL_CERT_FILE: path, GIT_SSL_CAINFO: path };
}

const advice =
  "where the host has a private authority, put its certificate into the flake's Secret as ca.crt, or have an administrator of enbi set it (--certificate-authorities)";

/** Rows for the table of failures. */
export const certificateRows = [
  {
    in: 'git',
    pattern: /SSL certificate (?:verification failed|problem)[^(\n]*|server certificate verification failed[^(\n]*/,
    verdict: ['user', 'FetchFailed', ([why = '']: RegExpExecArray) => notTrusted('the host', why)],
  },
  {
    in: 'error',
    pattern: /unable to download '([^']+)': [^(\n]*\(60\) ?([^(\n]*)/,
    verdict: ['user', 'FetchFailed', ([, place, why = '']: RegExpExecArray) => notTrusted(place ?? 'the host', why)],
  },
] as const;

function notTrusted(host: string, why: string): string {
  return `${host} is not trusted: ${why.trim().replace(/\.$/, '')}; ${advice}`;
}
