import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runOrThrow } from './command.ts';

/** Who a certificate speaks for: Kubernetes reads the user from the common name and the groups from the organization. */
export interface Subject {
  readonly commonName: string;
  readonly organization?: string;
  /** Host names and addresses it serves under; none for a client. */
  readonly hosts?: readonly string[];
}

export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const validDays = '3650';

export function certificateFiles(pki: string, name: string): CertificateFiles {
  return { certificate: join(pki, `${name}.crt`), key: join(pki, `${name}.key`) };
}

/** Makes a certificate authority of the cluster's own. */
export async function createAuthority(pki: string, name: string): Promise<CertificateFiles> {
  const files = certificateFiles(pki, name);
  const usage = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature'];
  await openssl(['req', '-x509', ...curve, '-days', validDays, '-subj', `/CN=${name}`, ...usage, ...output(files)]);
  return files;
}

/** Makes a certificate that `authority` vouches for; one that is there already is kept. */
export async function issue(pki: string, authority: string, name: string, subject: Subject): Promise<CertificateFiles> {
  const files = certificateFiles(pki, name);
  if (existsSync(files.certificate)) return files;
  const signer = certificateFiles(pki, authority);
  const signed = ['-CA', signer.certificate, '-CAkey', signer.key, '-days', validDays];
  const extensions = extensionsOf(subject).flatMap((extension) => ['-addext', extension]);
  await openssl(['req', '-x509', ...curve, ...signed, '-subj', subjectName(subject), ...extensions, ...output(files)]);
  return files;
}

/** The key pair that signs and checks service account tokens. */
export async function createServiceAccountKeys(
  pki: string,
): Promise<{ readonly private: string; readonly public: string }> {
  const keys = { private: join(pki, 'service-account.key'), public: join(pki, 'service-account.pub') };
  await openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', keys.private]);
  await openssl(['pkey', '-in', keys.private, '-pubout', '-out', keys.public]);
  return keys;
}

export function subjectName(subject: Subject): string {
  const organization = subject.organization === undefined ? '' : `/O=${subject.organization}`;
  return `${organization}/CN=${subject.commonName}`;
}

export function extensionsOf(subject: Subject): string[] {
  const hosts = subject.hosts ?? [];
  const names = hosts.map((host) => (/^[\d.]+$/.test(host) ? `IP:${host}` : `DNS:${host}`));
  return [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    `extendedKeyUsage=clientAuth${hosts.length > 0 ? ',serverAuth' : ''}`,
    ...(names.length > 0 ? [`subjectAltName=${names.join(',')}`] : []),
  ];
}

function output(files: CertificateFiles): string[] {
  return ['-keyout', files.key, '-out', files.certificate];
}

async function openssl(args: readonly string[]): Promise<void> {
  await runOrThrow(['openssl', ...args]);
}
