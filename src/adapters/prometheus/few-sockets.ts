import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Of more connections than this the oldest is closed. Whoever reaches the port may open any number and say nothing: refusing
 * new ones would shut out the kubelet, whose probe is answered in a millisecond, and end the process by that.
 */
export function keepFew(server: Server, most: number): void {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // A Set keeps the order of insertion.
    const [oldest] = open;
    if (open.size <= most || oldest === undefined) return;
    open.delete(oldest);
    oldest.destroy();
  });
}
