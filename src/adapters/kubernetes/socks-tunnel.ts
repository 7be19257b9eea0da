import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { asError } from '../../errors.ts';
import { hostOf, portOf } from './server-url.ts';

export interface SocksTarget {
  readonly host: string;
  readonly port: number;
}

/** A stream through a SOCKS5 proxy, which also looks up the target's name: RFC 1928, names and passwords RFC 1929. */
export async function socksTunnel(proxy: URL, target: SocksTarget, deadlineMs: number): Promise<Socket> {
  const socket = connect({ host: hostOf(proxy), port: portOf(proxy) });
  const signal = AbortSignal.timeout(deadlineMs);
  try {
    await once(socket, 'connect', { signal });
    await agree({ socket, signal }, proxy);
    await askFor({ socket, signal }, target);
    return socket;
  } catch (thrown) {
    socket.destroy();
    const why = signal.aborted ? 'no answer in time' : asError(thrown).message;
    throw new Error(`the proxy ${proxy.host} does not lead to ${target.host}:${target.port}: ${why}`, {
      cause: thrown,
    });
  }
}

interface Exchange {
  readonly socket: Socket;
  readonly signal: AbortSignal;
}

const method = { nothing: 0, password: 2 } as const;

async function agree(exchange: Exchange, { username, password }: URL): Promise<void> {
  const offered = username === '' ? [method.nothing] : [method.nothing, method.password];
  exchange.socket.write(Buffer.from([5, offered.length, ...offered]));
  const [version, chosen] = await take(exchange, 2);
  if (version !== 5) throw new Error('it does not speak SOCKS5');
  if (chosen === method.nothing) return;
  if (chosen !== method.password || username === '') throw new Error('it wants to be told who asks in another way');
  const [name, secret] = [username, password].map((text) => sized(decodeURIComponent(text)));
  exchange.socket.write(Buffer.concat([Buffer.from([1]), ...(name ?? []), ...(secret ?? [])]));
  const [, refusal] = await take(exchange, 2);
  if (refusal !== 0) throw new Error('it refuses the name and password in its URL');
}

const replies: Readonly<Record<number, string>> = {
  1: 'it failed',
  2: 'its rules forbid it',
  3: 'the network cannot be reached',
  4: 'the host cannot be reached',
  5: 'the connection was refused',
  6: 'it took too long',
};

async function askFor(exchange: Exchange, { host, port }: SocksTarget): Promise<void> {
  const portBytes = Buffer.from([port >> 8, port & 255]);
  exchange.socket.write(Buffer.concat([Buffer.from([5, 1, 0]), ...addressOf(host), portBytes]));
  const [, reply = 1, , kind] = await take(exchange, 4);
  if (reply !== 0) throw new Error(replies[reply] ?? `it answers ${reply}`);
  // Where the proxy itself is seen from: of no use to anybody here.
  const [named = 0] = kind === 3 ? await take(exchange, 1) : [];
  await take(exchange, (kind === 1 ? 4 : kind === 4 ? 16 : named) + 2);
}

function addressOf(host: string): readonly Buffer[] {
  if (isIP(host) === 4) return [Buffer.from([1, ...host.split('.').map(Number)])];
  if (isIP(host) === 6) return [Buffer.from([4]), ipv6Bytes(host)];
  return [Buffer.from([3]), ...sized(host)];
}

function ipv6Bytes(host: string): Buffer {
  const [before = '', after = ''] = host.split('::').map((part) => part);
  const [head, tail] = [before, after].map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - (head?.length ?? 0) - (tail?.length ?? 0) }, () => '0');
  return Buffer.from(
    [...(head ?? []), ...zeros, ...(tail ?? [])].map((group) => group.padStart(4, '0')).join(''),
    'hex',
  );
}

/** Behind its length in one byte. */
function sized(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text);
  if (bytes.length > 255) throw new Error('a name or password is longer than SOCKS5 can carry');
  return [Buffer.from([bytes.length]), bytes];
}

async function take({ socket, signal }: Exchange, length: number): Promise<Buffer> {
  for (;;) {
    const bytes: unknown = socket.read(length);
    if (Buffer.isBuffer(bytes) && bytes.length === length) return bytes;
    if (bytes !== null || socket.readableEnded || socket.destroyed) throw new Error('it ended the connection');
    await once(socket, 'readable', { signal });
  }
}
