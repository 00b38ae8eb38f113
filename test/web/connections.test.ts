import http from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { limitIdle } from '../../src/web/connections.ts';

const LIMITS = { perAddressMax: 5, max: 8 };
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

async function startServer(): Promise<{ port: number; server: http.Server }> {
  const server = http.createServer((_request, response) => response.end('ok'));
  limitIdle(server, LIMITS);
  await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, server };
}

function listen(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
}

/** Connects from an address of its own, and says when it is connected. */
async function open(port: number, from: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  sockets.push(socket);
  socket.on('error', () => {});
  await new Promise((resolve) => {
    socket.once('connect', resolve);
  });
  return socket;
}

/** Sends one request and resolves with the status line. */
function ask(socket: Socket): Promise<string> {
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  return new Promise((resolve) => {
    socket.once('data', (chunk) => resolve(String(chunk).split('\r\n')[0] ?? ''));
    socket.once('close', () => resolve('closed'));
  });
}

const isClosed = (socket: Socket) => socket.destroyed || socket.readyState === 'closed';

it('closes the connections that have been idle for longest, and answers a newcomer from the same address', async () => {
  const { port } = await startServer();
  const idle: Socket[] = [];
  for (let n = 0; n < 20; n++) {
    const socket = await open(port, '127.0.0.1');
    socket.resume();
    idle.push(socket);
  }

  expect(await ask(await open(port, '127.0.0.1'))).toBe('HTTP/1.1 200 OK');
  await vi.waitFor(() => expect(idle.filter(isClosed).length).toBeGreaterThanOrEqual(15));
  expect(isClosed(idle.at(-1)!)).toBe(false);
});

it('leaves a connection alone while a request is under way on it', async () => {
  const server = http.createServer((_request, response) => void setTimeout(() => response.end('late'), 200));
  limitIdle(server, LIMITS);
  await listen(server);
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const busy = ask(await open(port, '127.0.0.1'));
  for (let n = 0; n < 20; n++) (await open(port, '127.0.0.1')).resume();

  expect(await busy).toBe('HTTP/1.1 200 OK');
});

it('holds all addresses together to a limit of their own', async () => {
  const { port } = await startServer();
  const idle: Socket[] = [];
  for (let n = 0; n < 16; n++) {
    const socket = await open(port, `127.0.0.${2 + (n % 4)}`);
    socket.resume();
    idle.push(socket);
  }

  await vi.waitFor(() => expect(idle.filter(isClosed)).toHaveLength(8));
  expect(idle.slice(0, 8).every(isClosed)).toBe(true);
});

it('counts a connection as idle again after its answer', async () => {
  const { port, server } = await startServer();
  for (let n = 0; n < 20; n++) expect(await ask(await open(port, '127.0.0.1'))).toBe('HTTP/1.1 200 OK');
  const count = () =>
    new Promise<number>((resolve) => {
      server.getConnections((_error, value) => resolve(value));
    });

  await vi.waitFor(async () => expect(await count()).toBeLessThanOrEqual(LIMITS.perAddressMax));
});
