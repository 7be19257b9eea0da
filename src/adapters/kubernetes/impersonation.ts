import type { Headers } from './cluster-access.ts';
import { headerValue } from './header-value.ts';

/** As whom the API server is to take the requests of this user, who must be allowed that. */
export interface Impersonation {
  readonly as?: string | undefined;
  readonly 'as-uid'?: string | undefined;
  readonly 'as-groups'?: readonly string[] | undefined;
  readonly 'as-user-extra'?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
export function impersonationHeaders(who: Impersonation): Headers {
  const { as, 'as-uid': uid, 'as-groups': groups = [], 'as-user-extra': extra = {} } = who;
  if (as === undefined) return {};
  return {
    'impersonate-user': value(as),
    ...(uid === undefined ? {} : { 'impersonate-uid': value(uid) }),
    ...(groups.length === 0 ? {} : { 'impersonate-group': groups.map(value) }),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [`impersonate-extra-${escapedKey(key)}`, values.map(value)]),
    ),
  };
}

function value(text: string): string {
  return headerValue(text, 'what the kubeconfig or a flag says of whom to impersonate');
}

/** Of the bytes that a header's name may hold all but `%`; the others as in a URL (client-go/transport/round_trippers.go). */
function escapedKey(key: string): string {
  return [...Buffer.from(key)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[\w!#$&'*+.^`|~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
