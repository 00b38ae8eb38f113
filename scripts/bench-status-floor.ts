/**
 * The floor under `npm run bench:status`, in a process of its own: a bare TCP server that writes the same bytes to all who
 * wait. What this takes, system, machine and clients take; only what is beyond is ours.
 */

import { createServer, type Socket } from 'node:net';

interface Bytes {
  /** What a waiting client is sent at first, and at a change. */
  first: string;
  change: string;
}

let bytes: { first: Buffer; change: Buffer } = { first: Buffer.of(), change: Buffer.of() };
const waiting = new Set<Socket>();
let cpuAt = process.cpuUsage();

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', () => {
    if (bytes.first.length > 0) socket.write(bytes.first);
    waiting.add(socket);
  });
  socket.on('close', () => waiting.delete(socket)).on('error', () => undefined);
});
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as { port: number }).port });
});

process.on('message', (order: Bytes | 'change' | 'cost') => {
  if (order === 'change') {
    cpuAt = process.cpuUsage();
    const at = process.hrtime.bigint();
    for (const socket of waiting) socket.write(bytes.change);
    process.send?.({ changedAt: String(at) });
  } else if (order === 'cost') {
    const { user, system } = process.cpuUsage(cpuAt);
    process.send?.({ p99Ms: 0, cpuMs: (user + system) / 1000 });
  } else {
    bytes = { first: Buffer.from(order.first), change: Buffer.from(order.change) };
    process.send?.({});
  }
});
process.once('disconnect', () => process.exit(0));
