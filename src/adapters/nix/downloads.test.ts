import { expect, test } from 'vitest';
import { passingDownloadFailure } from './downloads.ts';

/** As builders of nixpkgs' fetchers, and of the package managers that its language frameworks run, print them. */
test.each([
  [
    "error: unable to download 'http://127.0.0.1:1/x': Could not connect to server (7) Failed to connect to 127.0.0.1 port 1",
  ],
  ["error: unable to download 'http://h/x': HTTP error 503"],
  ['curl: (6) Could not resolve host: proxy.example'],
  ['curl: (7) Failed to connect to 10.0.0.1 port 443 after 2 ms: Could not connect to server'],
  ['curl: (18) transfer closed with 1000 bytes remaining to read'],
  ['curl: (22) The requested URL returned error: 502'],
  ['curl: (22) The requested URL returned error: 429'],
  ['curl: (28) SSL connection timeout'],
  ['curl: (28) Operation timed out after 300000 milliseconds with 0 bytes received'],
  ['curl: (35) Recv failure: Connection reset by peer'],
  ['curl: (35) OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to h:443'],
  ['curl: (52) Empty reply from server'],
  ['curl: (56) OpenSSL SSL_read: error:0A000126:SSL routines::unexpected eof while reading, errno 0'],
  ['curl: (92) HTTP/2 stream 1 was not closed cleanly: INTERNAL_ERROR (err 2)'],
  [
    "fatal: unable to access 'https://h/x/': gnutls_handshake() failed: The TLS connection was non-properly terminated.",
  ],
  ['fatal: early EOF'],
  ['error: RPC failed; HTTP 504 curl 22 The requested URL returned error: 504'],
  ['go: x@v1: Get "https://proxy.golang.org/x": dial tcp: lookup proxy.golang.org on 10.0.0.10:53: no such host'],
  ['go: x@v1: Get "https://proxy.golang.org/x": dial tcp 1.2.3.4:443: i/o timeout'],
  ['go: x@v1: Get "https://proxy.golang.org/x": net/http: TLS handshake timeout'],
  ['go: x@v1: reading https://proxy.golang.org/x: 503 Service Unavailable'],
  ['npm error code EAI_AGAIN'],
  ['npm error network request to https://registry.npmjs.org/x failed, reason: connect ECONNREFUSED 127.0.0.1:443'],
  ['error An unexpected error occurred: "https://registry.yarnpkg.com/x: socket hang up".'],
  ['requests.exceptions.HTTPError: 503 Server Error: Service Unavailable for url: https://static.crates.io/x'],
  [
    'urllib3.exceptions.NewConnectionError: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution',
  ],
  ['http.client.RemoteDisconnected: Remote end closed connection without response'],
  [
    'warning: spurious network error (3 tries remaining): [28] Timeout was reached (Connection timed out after 30001 milliseconds)',
  ],
  ['  failed to lookup address information: Name or service not known'],
  ['wget: unable to resolve host address ‘h’'],
  ['Could not transfer artifact a:b:jar:1 from/to central: repo.maven.apache.org: UnknownHostException'],
])('%s', (line) => {
  expect(passingDownloadFailure(`trying it\n${line}\nmake: *** [x] Error 1`)).toBe(line.trim());
});

test.each([
  ['curl: (22) The requested URL returned error: 404'],
  ['curl: (60) SSL certificate problem: unable to get local issuer certificate'],
  ["error: unable to download 'http://h/x': HTTP error 403"],
  ["fatal: repository 'https://h/x/' not found"],
  ['go: x@v1: reading https://proxy.golang.org/x: 404 Not Found'],
  ['tar: This does not look like a tar archive'],
  ['unpacked 503 files'],
  [''],
])('and nothing else: %s', (line) => {
  expect(passingDownloadFailure(line)).toBeUndefined();
});
