/** Limits on idle connections: a client that opens thousands and sends nothing shuts nobody out. */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** All clients behind one proxy or one NAT share an address. */
export const IDLE_PER_ADDRESS_MAX = 1_000;
export const IDLE_MAX = 2_000;

/**
 * Closes the connection that has been idle for longest where an address, or all together, hold more idle connections
 * than allowed. A connection is idle while no request is under way on it, from its first moment on.
 */
export function limitIdle(server: Server, limits: { perAddressMax: number; max: number }): void {
  // Sets keep the order of insertion: the first one has been idle for longest.
  const all = new Set<Socket>();
  const byAddress = new Map<string, Set<Socket>>();

  const remove = (socket: Socket, address: string) => {
    all.delete(socket);
    const own = byAddress.get(address);
    own?.delete(socket);
    if (own?.size === 0) byAddress.delete(address);
  };
  const add = (socket: Socket, address: string) => {
    if (socket.destroyed) return;
    const own = byAddress.get(address) ?? new Set();
    byAddress.set(address, own.add(socket));
    all.add(socket);
    if (own.size > limits.perAddressMax) firstOf(own)?.destroy();
    if (all.size > limits.max) firstOf(all)?.destroy();
  };

  server.on('connection', (socket: Socket) => {
    // A closed socket no longer knows its address.
    const address = socket.remoteAddress ?? '';
    addresses.set(socket, address);
    add(socket, address);
    socket.once('close', () => remove(socket, address));
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const address = addresses.get(socket) ?? '';
    remove(socket, address);
    // Requests may be pipelined: the connection is idle after the last answer.
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (underWay.get(socket) ?? 1) - 1;
      underWay.set(socket, left);
      if (left === 0) add(socket, address);
    });
  });
}

const addresses = new WeakMap<Socket, string>();
const underWay = new WeakMap<Socket, number>();

function firstOf(sockets: ReadonlySet<Socket>): Socket | undefined {
  return sockets.values().next().value;
}
