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

  const remove = (one: Connection) => {
    all.delete(one.socket);
    const own = byAddress.get(one.address);
    own?.delete(one.socket);
    if (own?.size === 0) byAddress.delete(one.address);
  };
  const add = ({ socket, address }: Connection) => {
    if (socket.destroyed) return;
    const own = byAddress.get(address) ?? new Set();
    byAddress.set(address, own.add(socket));
    all.add(socket);
    if (own.size > limits.perAddressMax) firstOf(own)?.destroy();
    if (all.size > limits.max) firstOf(all)?.destroy();
  };

  server.on('connection', (socket: Socket) => {
    // A closed socket no longer knows its address.
    const one = { socket, address: socket.remoteAddress ?? '', underWay: 0 };
    connections.set(socket, one);
    add(one);
    socket.once('close', () => remove(one));
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const one = connections.get(socket);
    if (one === undefined) return;
    remove(one);
    // Requests may be pipelined: the connection is idle after the last answer.
    one.underWay += 1;
    response.on('close', () => {
      one.underWay -= 1;
      if (one.underWay === 0) add(one);
    });
  });
}

interface Connection {
  socket: Socket;
  address: string;
  /** Requests that are not answered yet. */
  underWay: number;
}

const connections = new WeakMap<Socket, Connection>();

function firstOf(sockets: ReadonlySet<Socket>): Socket | undefined {
  return sockets.values().next().value;
}
