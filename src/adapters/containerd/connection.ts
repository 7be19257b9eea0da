import { connect } from 'node:net';
import { type Client, createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { Content } from './gen/content_pb.ts';
import { ImageService } from './gen/cri_pb.ts';
import { Diff } from './gen/diff_pb.ts';
import { Images } from './gen/images_pb.ts';
import { Leases } from './gen/leases_pb.ts';
import { Snapshots } from './gen/snapshots_pb.ts';
import { Version } from './gen/version_pb.ts';
import { type WriteCall, WriteSession } from './write-call.ts';

/** The namespace the kubelet's images live in. */
const kubernetesNamespace = 'k8s.io';

export interface Services {
  readonly content: Client<typeof Content>;
  readonly images: Client<typeof Images>;
  readonly leases: Client<typeof Leases>;
  readonly version: Client<typeof Version>;
  readonly snapshots: Client<typeof Snapshots>;
  readonly diff: Client<typeof Diff>;
  readonly kubelet: Client<typeof ImageService>;
}

export interface Connection {
  /** With a lease, every call carries it: content made outside of one is collected at once (containerd#5690). */
  services(leaseId?: string): Services;
  /** Content.Write, which `services` has too, but at three times the cost a byte. */
  openWrite(leaseId: string): WriteCall;
  close(): void;
}

const baseUrl = 'http://localhost';

/** Lazy: the socket is opened by the first call, and again after containerd restarted. */
export function connectTo(socket: string): Connection {
  // Pings stay off: containerd's gRPC server ends connections that send them often.
  const sessionManager = new Http2SessionManager(baseUrl, {}, { createConnection: () => connect(socket) });
  const writes = new WriteSession(socket);
  return {
    services: (leaseId) => servicesOver(sessionManager, leaseId),
    openWrite: (leaseId) => writes.open(headersOf(leaseId)),
    close: () => {
      sessionManager.abort();
      writes.close();
    },
  };
}

function servicesOver(sessionManager: Http2SessionManager, leaseId: string | undefined): Services {
  const headers: Interceptor = (next) => async (request) => {
    for (const [name, value] of Object.entries(headersOf(leaseId))) request.header.set(name, value);
    return next(request);
  };
  const transport = createGrpcTransport({ baseUrl, sessionManager, interceptors: [headers], acceptCompression: [] });
  return {
    content: createClient(Content, transport),
    images: createClient(Images, transport),
    leases: createClient(Leases, transport),
    version: createClient(Version, transport),
    snapshots: createClient(Snapshots, transport),
    diff: createClient(Diff, transport),
    kubelet: createClient(ImageService, transport),
  };
}

function headersOf(leaseId: string | undefined): Readonly<Record<string, string>> {
  const namespace = { 'containerd-namespace': kubernetesNamespace };
  return leaseId === undefined ? namespace : { ...namespace, 'containerd-lease': leaseId };
}
