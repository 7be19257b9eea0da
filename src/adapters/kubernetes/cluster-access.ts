/** Where the API server is and how to prove who asks. */
export interface ClusterAccess {
  readonly server: URL;
  readonly tls: TlsAccess;
  /** Asked before every request: tokens of service accounts are replaced while a process runs. */
  readonly bearerToken?: () => string | undefined | Promise<string | undefined>;
  /** The server answered 401: the next request is asked with another token, if there is a way to get one. */
  readonly tokenRefused?: () => void;
  /** The namespace of the context or of the Pod. */
  readonly namespace?: string | undefined;
}

export interface TlsAccess {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly servername?: string | undefined;
  readonly rejectUnauthorized?: boolean;
}
