import { UserError } from '../../errors.ts';
import type { ClusterAccess, TlsAccess } from './cluster-access.ts';
import { askExecPlugin, type ExecContext, ExecPlugin } from './exec-credential.ts';
import { headerValue } from './header-value.ts';
import { KeptCredential } from './kept-credential.ts';
import type { KubeconfigUser } from './kubeconfig-schema.ts';
import { readNamed } from './named-file.ts';
import { oidcToken } from './oidc-token.ts';
import { tokenFile } from './token-file.ts';

export type Credential = Pick<ClusterAccess, 'tls' | 'headers' | 'bearerToken' | 'tokenRefused'>;

/**
 * How the user proves who it is, as kubectl chooses: a token, a name and a password, or a certificate win over a program that
 * would make one; a file with a token wins over a token, for it is renewed. Throws `UserError`.
 */
export async function credentialOf(user: KubeconfigUser, tls: TlsAccess, context: ExecContext): Promise<Credential> {
  const { token, exec, username, 'auth-provider': provider } = user;
  if (user.tokenFile !== undefined) return { tls, bearerToken: await tokenIn(user.tokenFile, token) };
  if (token !== undefined) return { tls, bearerToken: () => token };
  if (username !== undefined) return { tls, headers: basic(username, user.password ?? '') };
  if (provider != null) return { tls, bearerToken: () => oidcToken(provider, Date.now()) };
  if (exec == null || tls.cert !== undefined) return { tls };
  return await madeByPlugin(execPluginOf(exec), tls, context);
}

/** Read again and again, for it is renewed; as long as that fails, the last one that could be read. */
async function tokenIn(path: string, otherwise: string | undefined): Promise<() => string> {
  let token = otherwise ?? (await readNamed(path, `tokenFile ${path}`)).trim();
  if (token === '') throw new UserError('InvalidKubeconfig', `the tokenFile ${path} is empty`);
  const read = tokenFile(path);
  return () => {
    try {
      token = read() || token;
    } catch {
      return token;
    }
    return token;
  };
}

function basic(username: string, password: string): Credential['headers'] {
  const pair = Buffer.from(`${username}:${password}`).toString('base64');
  return { authorization: headerValue(`Basic ${pair}`, 'the name') };
}

async function madeByPlugin(plugin: ExecPlugin, tls: TlsAccess, context: ExecContext): Promise<Credential> {
  const kept = new KeptCredential(() => askExecPlugin(plugin, context));
  // A certificate is part of every connection, so it has to be there before the first one.
  const { cert = tls.cert, key = tls.key } = await kept.get();
  return {
    tls: { ...tls, cert, key },
    bearerToken: async () => (await kept.get()).token,
    tokenRefused: () => kept.forget(),
  };
}

function execPluginOf(exec: object): ExecPlugin {
  const plugin = ExecPlugin.safeParse(exec);
  if (plugin.success) return plugin.data;
  const advice = 'apiVersion client.authentication.k8s.io/v1 or v1beta1, and a command; write the kubeconfig anew';
  throw new UserError('InvalidKubeconfig', `the kubeconfig's credential plugin must have ${advice}`, {
    cause: plugin.error,
  });
}
