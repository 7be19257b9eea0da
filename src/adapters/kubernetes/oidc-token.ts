import * as z from 'zod';
import { UserError } from '../../errors.ts';
import type { KubeconfigUser } from './kubeconfig-schema.ts';

type AuthProvider = NonNullable<KubeconfigUser['auth-provider']>;

/** As client-go: a token that is about to expire would be refused on its way. */
const earlyMs = 10_000;

/** The id-token of an `auth-provider`. kubectl renews it and writes the file anew, so that is left to kubectl. */
export function oidcToken({ name, config }: AuthProvider, nowMs: number): string {
  if (name !== 'oidc') {
    const advice = 'write an exec credential plugin instead (kubectl dropped the others in 1.26)';
    throw new UserError('UnsupportedKubeconfig', `the kubeconfig's user has the auth-provider "${name}"; ${advice}`);
  }
  const { 'id-token': token = '' } = config ?? {};
  if (token !== '' && expiryOf(token) - earlyMs > nowMs) return token;
  const advice = 'run any command of kubectl, which gets another one and writes it there, and then this one again';
  throw new UserError('TokenExpired', `the id-token in the kubeconfig has expired or is none: ${advice}`);
}

const Claims = z.object({ exp: z.number() });

/** Milliseconds; 0 of what is no JSON Web Token. Nothing is verified: the API server does that. */
function expiryOf(token: string): number {
  try {
    const [, claims = ''] = token.split('.');
    return Claims.parse(JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'))).exp * 1000;
  } catch {
    return 0;
  }
}
