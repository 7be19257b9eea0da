/**
 * What programs say of a download that failed and may not fail the next time: curl and git, which nixpkgs' fetchers run, Nix' own
 * builtin, and the package managers of languages. Each line of the test (downloads.test.ts) is of the real thing.
 */
const patterns: readonly RegExp[] = [
  // No address.
  /could(?: not|n't) resolve host|temporary failure in name resolution|name or service not known|no such host|server misbehaving/i,
  /unable to resolve host address|\b(?:EAI_AGAIN|ENOTFOUND)\b|failed to lookup address information|UnknownHostException/i,
  // Nobody there, or gone in the middle.
  /connection (?:refused|reset|timed out|aborted)|failed to connect|couldn't connect to server|unable to connect to/i,
  /no route to host|network is unreachable|\b(?:ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b|socket hang up/i,
  /empty reply from server|remote end closed connection|failed to establish a new connection|early EOF|unexpected disconnect/i,
  /transfer closed with|curl: \((?:5|6|7|16|18|28|35|52|55|56|92)\)|unable to download .{0,300}\((?:5|6|7|28|35|52|55|56|92)\)/i,
  // No answer in time.
  /i\/o timeout|(?:operation|read|connection) timed out|timeout was reached|TLS handshake timeout|SSL connection timeout/i,
  /timed out after \d+ milliseconds|context deadline exceeded|SocketTimeoutException|less than \d+ bytes\/sec/i,
  // TLS that broke off; a certificate that is wrong stays wrong.
  /SSL_ERROR_SYSCALL|TLS connect error|gnutls_handshake\(\) failed|unexpected eof while reading|non-properly terminated/i,
  // The server's fault, or too many at once.
  /(?:returned error|HTTP error|ERROR|status(?: code)?|HTTP\/[\d.]+):? (?:429|5\d\d)\b/i,
  /\b(?:429 too many requests|5\d\d (?:server error|service unavailable|internal server error|bad gateway|gateway time-?out))/i,
];

/** The last such line of a builder's log. */
export function passingDownloadFailure(log: string): string | undefined {
  const line = log.split('\n').findLast((text) => patterns.some((pattern) => pattern.test(text)));
  return line?.trim();
}
