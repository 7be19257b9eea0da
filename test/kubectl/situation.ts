import { join } from 'node:path';
import type { CertificateFiles } from '../../cluster/certificates.ts';
import type { RecordedApi } from './recorded-api.ts';
import type { RecordedProxy } from './recorded-proxy.ts';

/** What both programs meet: the same files, arguments and environment. */
export interface Situation {
  /** Below the home: text, or what is written as JSON, which is YAML too. `~/.kube/config` is `.kube/config`. */
  readonly files?: Readonly<Record<string, string | object>>;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Both run in a Pod, whose API server it is, in namespace `pod`. */
  readonly isPod?: boolean;
}

/** What the situations speak of. */
export interface Ground {
  readonly home: string;
  readonly api: RecordedApi;
  readonly proxy: RecordedProxy;
  /** The server's authority, and another one; the same authority's certificate for user `ann`. */
  readonly authority: CertificateFiles;
  readonly stranger: CertificateFiles;
  readonly ann: CertificateFiles;
  readonly pem: {
    readonly authority: string;
    readonly stranger: string;
    readonly certificate: string;
    readonly key: string;
  };
  readonly plain: string;
  readonly secure: string;
}

export type Row = readonly [name: string, outcome: 'goes' | 'is refused', situation: (ground: Ground) => Situation];

/** A kubeconfig with one cluster, one user and a context of both, which is the current one. */
export function kubeconfig(cluster: object, user: object = {}, context: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me', ...context } }],
    clusters: [{ name: 'here', cluster }],
    users: [{ name: 'me', user }],
  };
}

/** The same as the one that is found without being named. */
export function atHome(cluster: object, user: object = {}, context: object = {}): Situation {
  return { files: { '.kube/config': kubeconfig(cluster, user, context) } };
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The server over TLS, with its authority. */
export function trusted({ secure, pem }: Ground): object {
  return { server: secure, 'certificate-authority-data': base64(pem.authority) };
}

export function pathOf({ home }: Ground, name: string): string {
  return join(home, name);
}

export const token = { token: 'secret' };

/** KUBECONFIG with these files of the home. */
export function listed(on: Ground, ...names: readonly string[]): Record<string, string> {
  return { KUBECONFIG: names.map((name) => pathOf(on, name)).join(':') };
}
