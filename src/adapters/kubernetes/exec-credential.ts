import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { asError, UserError } from '../../errors.ts';

/** What a kubeconfig says of the program that makes credentials: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins */
export const ExecPlugin = z.object({
  apiVersion: z.enum(['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']),
  command: z.string().min(1),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  installHint: z.string().nullish(),
  provideClusterInfo: z.boolean().default(false),
  interactiveMode: z.enum(['Never', 'IfAvailable', 'Always']).default('IfAvailable'),
});
export type ExecPlugin = z.infer<typeof ExecPlugin>;

export interface ExecContext {
  /** Passed on to the program, its own variables over it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Somebody sits at the standard input and can be asked. */
  readonly interactive: boolean;
  /** Told to the program when it asks for it. */
  readonly cluster: object;
}

export interface Credential {
  readonly token?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly expiresAt?: Date | undefined;
}

const Answer = z.object({
  apiVersion: z.string(),
  kind: z.literal('ExecCredential'),
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.iso.datetime({ offset: true }).optional(),
  }),
});

/** Runs the program, never through a shell. Throws `UserError`: whoever wrote the kubeconfig has to mend it. */
export async function askExecPlugin(plugin: ExecPlugin, context: ExecContext): Promise<Credential> {
  if (plugin.interactiveMode === 'Always' && !context.interactive) {
    throw failed(plugin, 'wants to ask somebody, and there is no terminal');
  }
  const answer = Answer.safeParse(parseJson(await outputOf(plugin, context)));
  if (!answer.success) throw failed(plugin, 'answered no ExecCredential with a status');
  const { apiVersion, status } = answer.data;
  if (apiVersion !== plugin.apiVersion) {
    throw failed(plugin, `answered in ${apiVersion.slice(0, 100)}, the kubeconfig says ${plugin.apiVersion}`);
  }
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = status;
  if (token === undefined && (cert === undefined || key === undefined)) {
    throw failed(plugin, 'answered neither a token nor a certificate with its key');
  }
  return { token, cert, key, expiresAt: expirationTimestamp === undefined ? undefined : new Date(expirationTimestamp) };
}

async function outputOf(plugin: ExecPlugin, context: ExecContext): Promise<string> {
  const asks = context.interactive && plugin.interactiveMode !== 'Never';
  const child = spawn(plugin.command, plugin.args ?? [], {
    shell: false,
    env: environmentOf(plugin, context),
    // What it has to say (a page to visit, a code to enter) is for the person at the terminal.
    stdio: [asks ? 'inherit' : 'ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<string | number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'nothing'));
  });
  try {
    const [code, output] = await Promise.all([ended, text(child.stdout)]);
    if (code === 0) return output;
    throw failed(plugin, `ended with ${code}; what it printed stands above`);
  } catch (thrown) {
    if (thrown instanceof UserError) throw thrown;
    throw failed(plugin, whyNotStarted(plugin, asError(thrown)), thrown);
  }
}

function environmentOf(plugin: ExecPlugin, { environment, interactive, cluster }: ExecContext) {
  const spec = { interactive, ...(plugin.provideClusterInfo ? { cluster } : {}) };
  const info = { apiVersion: plugin.apiVersion, kind: 'ExecCredential', spec };
  const own = Object.fromEntries((plugin.env ?? []).map(({ name, value }) => [name, value]));
  return { ...environment, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
}

function whyNotStarted({ installHint }: ExecPlugin, error: Error): string {
  const isMissing = 'code' in error && error.code === 'ENOENT';
  if (!isMissing) return `cannot be run: ${error.message}`;
  return `is not installed, or not in PATH${installHint == null || installHint === '' ? '' : `\n${installHint}`}`;
}

function failed({ command }: ExecPlugin, what: string, cause?: unknown): UserError {
  return new UserError('CredentialPluginFailed', `the kubeconfig's credential plugin ${command} ${what}`, { cause });
}

function parseJson(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}
