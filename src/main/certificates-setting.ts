import { InvalidArgumentError } from 'commander';
import { parseCertificates } from '../adapters/nix/certificates.ts';
import { maxAuthorities } from '../api/order.ts';
import type { Kind } from './setting.ts';

/** Certificates of authorities as PEM, one or several; what else stands there is left out. */
export const certificates: Kind<string> = {
  parse: (given) => {
    const pem = parseCertificates(given);
    if (pem === undefined) throw new InvalidArgumentError('write certificates as PEM: -----BEGIN CERTIFICATE----- …');
    if (pem.length > maxAuthorities)
      throw new InvalidArgumentError(`write ${maxAuthorities} characters of certificates at most.`);
    return pem;
  },
  schema: { type: 'string', pattern: '-----BEGIN CERTIFICATE-----' },
};
