import { UserError } from '../errors.ts';
import { printableLine } from '../printable.ts';

/** As Kubernetes bounds it (apimachinery/pkg/util/validation, `DNS1123SubdomainMaxLength`). */
const maxLength = 253;

/**
 * The name of a Secret, as the API server takes it for one. `where` names what holds the text, for the message: the API server
 * would refuse a Job with another, and the kubelet would wait for it for ever. Throws UserError `InvalidSecretName`.
 */
export function parseSecretName(text: string, where: string): string {
  if (isSubdomain(text)) return text;
  throw new UserError('InvalidSecretName', `${where}: ${whatIsWrong(text)}; write the name of a Secret, or remove it`);
}

function isSubdomain(text: string): boolean {
  return text.length <= maxLength && text.split('.').every((label) => /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(label));
}

function whatIsWrong(text: string): string {
  if (text === '') return 'it is empty';
  if (text.length > maxLength) return `it has ${text.length} characters, and a name has at most ${maxLength}`;
  return (
    `no Secret can be called "${printableLine(text, 60)}": ` +
    'a name has lower-case letters, digits, dashes and dots, and begins and ends with a letter or digit'
  );
}
