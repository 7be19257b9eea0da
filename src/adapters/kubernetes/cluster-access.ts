import type { SecureContext } from 'node:tls';

/** Where the API server is and how to prove who asks. */
export interface ClusterAccess {
  /** `http:` or `https:`. */
  readonly server: URL;
  readonly tls: TlsAccess;
  /** By way of which proxy: `http:`, `https:` or `socks5:`, with the name and password for it if it wants any. */
  readonly proxy?: URL | undefined;
  /** Sent with every request: as whom the server is to take it, or a name and a password. */
  readonly headers?: Headers | undefined;
  /** Asked before every request: tokens of service accounts are replaced while a process runs. */
  readonly bearerToken?: () => string | undefined | Promise<string | undefined>;
  /** The server answered 401: the next request is asked with another token, if there is a way to get one. */
  readonly tokenRefused?: () => void;
  /** The namespace of the context or of the Pod. */
  readonly namespace?: string | undefined;
}

/** Of a name with several values each is sent. */
export type Headers = Readonly<Record<string, string | string[]>>;

export interface TlsAccess {
  /** Absent: those that this machine trusts. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly servername?: string | undefined;
  readonly rejectUnauthorized?: boolean;
  /** All of the certificates and the key, read already by whoever has many connections made. */
  readonly secureContext?: SecureContext;
}
