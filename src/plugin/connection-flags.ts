import { type Command, Option } from 'commander';
import type { ConnectionOptions } from './ports.ts';

type Kind = 'value' | 'values' | 'switch';

interface Flag {
  readonly name: string;
  readonly property: keyof ConnectionOptions;
  readonly kind: Kind;
  /** Empty: kubectl's own flag, too rare for every help page. */
  readonly help: string;
  /** Nothing that anybody is shown repeats it. */
  readonly isSecret?: boolean;
}

/** kubectl's flags that say which API server is asked, and as whom. */
const flags: readonly Flag[] = [
  {
    name: 'kubeconfig',
    property: 'kubeconfig',
    kind: 'value',
    help: 'kubeconfig to use; default: KUBECONFIG, then ~/.kube/config',
  },
  { name: 'context', property: 'context', kind: 'value', help: 'context of the kubeconfig; default: the current one' },
  { name: 'namespace', property: 'namespace', kind: 'value', help: "namespace; default: the context's" },
  { name: 'as', property: 'as', kind: 'value', help: 'user to act as, which you must be allowed' },
  { name: 'as-group', property: 'asGroup', kind: 'values', help: 'group to act as a member of; may be repeated' },
  { name: 'as-uid', property: 'asUid', kind: 'value', help: '' },
  { name: 'as-user-extra', property: 'asUserExtra', kind: 'values', help: '' },
  { name: 'cluster', property: 'cluster', kind: 'value', help: '' },
  { name: 'user', property: 'user', kind: 'value', help: '' },
  { name: 'server', property: 'server', kind: 'value', help: '' },
  { name: 'tls-server-name', property: 'tlsServerName', kind: 'value', help: '' },
  { name: 'insecure-skip-tls-verify', property: 'insecureSkipTlsVerify', kind: 'switch', help: '' },
  { name: 'certificate-authority', property: 'certificateAuthority', kind: 'value', help: '' },
  { name: 'client-certificate', property: 'clientCertificate', kind: 'value', help: '' },
  { name: 'client-key', property: 'clientKey', kind: 'value', help: '' },
  { name: 'request-timeout', property: 'requestTimeout', kind: 'value', help: '' },
  { name: 'proxy-url', property: 'proxyUrl', kind: 'value', help: '' },
  { name: 'username', property: 'username', kind: 'value', help: '' },
  { name: 'password', property: 'password', kind: 'value', help: '', isSecret: true },
  { name: 'token', property: 'token', kind: 'value', help: '', isSecret: true },
];

const forms: Readonly<Record<Kind, string>> = { value: ' <value>', values: ' <value>', switch: '' };
const placeholders: Readonly<Record<string, string>> = {
  kubeconfig: ' <file>',
  namespace: ' <name>',
  context: ' <name>',
  as: ' <user>',
  'as-group': ' <group>',
};

export function takesConnectionFlags(program: Command): Command {
  for (const { name, kind, help } of flags) {
    const short = name === 'namespace' ? '-n, ' : '';
    const option = new Option(`${short}--${name}${placeholders[name] ?? forms[kind]}`, help).hideHelp(help === '');
    if (kind === 'values')
      option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
    program.addOption(option);
  }
  return program;
}

/** For the end of the help: what is taken and not listed. */
export const unlistedFlags = flags.filter(({ help }) => help === '').map(({ name }) => `--${name}`);

/** The flags that lead to the same place, each ready to be copied into a shell. */
export function spelledFlags(options: ConnectionOptions): readonly string[] {
  return flags
    .filter(({ isSecret = false }) => !isSecret)
    .flatMap(({ name, property }) => {
      const given = options[property];
      if (given === undefined || given === false) return [];
      if (given === true) return [`--${name}`];
      return [given].flat().map((value) => `--${name} ${quoted(withoutLogin(value))}`);
    });
}

/** The URL of a proxy or a server without a name and a password; whatever else as it is. */
function withoutLogin(value: string): string {
  const url = URL.parse(value);
  if (url === null || (url.username === '' && url.password === '')) return value;
  url.username = '';
  url.password = '';
  return url.href;
}

/** Most values are as they are; what a shell would read otherwise is quoted for it. */
export function quoted(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
