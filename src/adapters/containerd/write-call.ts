import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:net';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { asError, InternalError } from '../../errors.ts';
import { WriteContentRequestSchema, WriteContentResponseSchema } from './gen/content_pb.ts';

/** As containerd numbers them. */
export const writeAction = { stat: 0, write: 1, commit: 2 } as const;

/** The start of a write, or its end. */
export interface Control {
  readonly action: number;
  readonly ref: string;
  readonly total: bigint;
  readonly expected: string;
  readonly offset?: bigint;
  readonly labels?: Readonly<Record<string, string>>;
}

/** One call of Content.Write. Everything rejects with the ConnectError the call failed with, once it has. */
export interface WriteCall {
  control(message: Control): Promise<void>;
  /** When it is done, the bytes have left this process. */
  data(offset: number, data: Uint8Array): Promise<void>;
  /** Where the runtime says the next byte belongs, in its answer to the first message. */
  firstOffset(): Promise<number>;
  /** Never fulfilled. */
  readonly failed: Promise<never>;
  /** Says that nothing more comes; done when the runtime is. */
  finish(): Promise<void>;
  cancel(): void;
}

/** Opens calls over a connection of their own; a new one when that broke. */
export class WriteSession {
  readonly #socket: string;
  #session: ClientHttp2Session | undefined;
  #closed = false;

  constructor(socket: string) {
    this.#socket = socket;
  }

  open(headers: Readonly<Record<string, string>>): WriteCall {
    if (this.#closed) throw new InternalError('InternalError', 'this process has closed its connection to containerd');
    let session = this.#session;
    if (session === undefined || session.closed || session.destroyed) {
      session = connectHttp2('http://localhost', { createConnection: () => connect(this.#socket) });
      // Each call is told by its own stream.
      session.on('error', () => {});
      this.#session = session;
    }
    return new FramedCall(session, headers);
  }

  close(): void {
    this.#closed = true;
    this.#session?.destroy();
  }
}

/**
 * gRPC's framing by hand (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md): a client made for every message
 * copies each byte three times on its way, which took more than half of a large import.
 */
class FramedCall implements WriteCall {
  readonly failed: Promise<never>;
  readonly #stream: ClientHttp2Stream;
  readonly #firstOffset = Promise.withResolvers<number>();
  readonly #ended = Promise.withResolvers<void>();
  #unread: Buffer = Buffer.alloc(0);

  constructor(session: ClientHttp2Session, headers: Readonly<Record<string, string>>) {
    this.#firstOffset.promise.catch(() => {});
    this.#ended.promise.catch((thrown) => this.#firstOffset.reject(thrown));
    this.failed = new Promise((_, reject) => void this.#ended.promise.catch(reject));
    this.failed.catch(() => {});
    this.#stream = session.request({
      ...headers,
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/containerd.services.content.v1.Content/Write',
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc+proto',
      [constants.HTTP2_HEADER_TE]: 'trailers',
    });
    this.#stream.on('response', (received) => this.#status(received));
    this.#stream.on('trailers', (received) => this.#status(received));
    this.#stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#stream.on('error', (error) => this.#cut(error));
    this.#stream.on('close', () => this.#cut(new Error('the connection was closed')));
  }

  control(message: Control): Promise<void> {
    const { labels = {}, ...fields } = message;
    const bytes = toBinary(
      WriteContentRequestSchema,
      create(WriteContentRequestSchema, { ...fields, labels: { ...labels } }),
    );
    return this.#send([prefixOf(bytes.length), bytes]);
  }

  data(offset: number, data: Uint8Array): Promise<void> {
    // Fields 1 (action: WRITE), 5 (offset) and 6 (data), whose bytes follow.
    const fields = Buffer.from([0x08, writeAction.write, 0x28, ...varint(offset), 0x32, ...varint(data.length)]);
    return this.#send([prefixOf(fields.length + data.length), fields, data]);
  }

  firstOffset(): Promise<number> {
    return this.#firstOffset.promise;
  }

  async finish(): Promise<void> {
    this.#stream.end();
    await this.#ended.promise;
  }

  cancel(): void {
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  async #send(parts: readonly Uint8Array[]): Promise<void> {
    // The stream's own failure says less than the status, which may still be on its way: `#ended` tells.
    const written = new Promise<void>((resolve) => {
      for (const part of parts.slice(0, -1)) this.#stream.write(part);
      this.#stream.write(parts.at(-1), (error) => error ?? resolve());
    });
    await Promise.race([written, this.#ended.promise]);
  }

  #receive(chunk: Buffer): void {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    while (this.#unread.length >= prefixBytes) {
      const end = prefixBytes + this.#unread.readUInt32BE(1);
      if (this.#unread.length < end) return;
      const { offset } = fromBinary(WriteContentResponseSchema, this.#unread.subarray(prefixBytes, end));
      this.#firstOffset.resolve(Number(offset));
      this.#unread = this.#unread.subarray(end);
    }
  }

  /** In the trailers; in the headers when nothing else comes. */
  #status(headers: Readonly<Record<string, string | string[] | number | undefined>>): void {
    const status = headers['grpc-status'];
    if (status === undefined) return;
    if (Number(status) === 0) {
      this.#ended.resolve();
      return;
    }
    const message = decodeURIComponent(String(headers['grpc-message'] ?? ''));
    this.#ended.reject(new ConnectError(message, codes.get(Number(status)) ?? Code.Unknown));
    this.cancel();
  }

  #cut(error: Error): void {
    const cause = asError(error);
    this.#ended.reject(
      new ConnectError(`connection lost: ${cause.message}`, Code.Unavailable, undefined, undefined, cause),
    );
  }
}

/** As gRPC numbers them: https://grpc.io/docs/guides/status-codes/ */
const knownCodes: readonly Code[] = [
  Code.Canceled,
  Code.Unknown,
  Code.InvalidArgument,
  Code.DeadlineExceeded,
  Code.NotFound,
  Code.AlreadyExists,
  Code.PermissionDenied,
  Code.ResourceExhausted,
  Code.FailedPrecondition,
  Code.Aborted,
  Code.OutOfRange,
  Code.Unimplemented,
  Code.Internal,
  Code.Unavailable,
  Code.DataLoss,
  Code.Unauthenticated,
];
const codes = new Map<number, Code>(knownCodes.map((code) => [code, code]));

/** Not compressed, and the length. */
const prefixBytes = 5;

function prefixOf(length: number): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(length, 1);
  return prefix;
}

/** Protobuf's numbers: seven bits a byte, the lowest first. Sizes pass 32 bits. */
function varint(number: number): number[] {
  const bytes: number[] = [];
  let left = number;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return [...bytes, left];
}
