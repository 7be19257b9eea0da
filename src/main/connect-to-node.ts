import { containerdImages } from '../adapters/containerd/containerd.ts';
import type { ImportOrder } from '../api/order.ts';
import type { NodeImages } from '../importer/ports.ts';
import { connectToRuntime, knownSockets } from '../importer/socket.ts';

/** The images of the node whose directories with sockets are mounted below `host`. */
export function connectToNode({ socket }: Pick<ImportOrder, 'socket'>, host: string): Promise<NodeImages> {
  const sockets = socket === undefined ? knownSockets.map((path) => host + path) : [socket];
  return connectToRuntime(sockets, containerdImages);
}
