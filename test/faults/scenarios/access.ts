import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

const SOCKETS = 5_200;
const SOCKETS_AT_ONCE = 200;

export const proxiedWrite: Scenario = {
  name: 'proxied-write',
  title: 'a reverse proxy on this machine passes on writes without a token',
  world: { providers: ['kling'] },
  run: async (world, check) => {
    await world.begin();
    const writes = [
      ['PUT', '/v1/freeze'],
      ['PUT', '/v1/pins/t2v.default/kling%2Fkling-3.0'],
      ['POST', '/v1/outcomes'],
    ] as const;
    for (const [method, path] of writes) {
      const status = await ask(world, method, path, { host: '127.0.0.1' });
      check(status === 401 || status === 404, `${method} ${path} needs a token`, status);
    }
    const authorization = `Bearer ${world.token()}`;
    const given = await ask(world, 'PUT', '/v1/freeze', { authorization });
    check(given === 200, 'the token of the data directory is taken', given);
    const strange = await ask(world, 'GET', '/v1/status', { host: 'evil.example' });
    check(strange === 421, 'an unknown host name is refused', strange);
  },
};

export const idleSockets: Scenario = {
  name: 'idle-sockets',
  title: `${SOCKETS} connections are opened that send nothing`,
  world: { providers: ['kling'] },
  run: async (world, check) => {
    await world.begin();
    const sockets: Socket[] = [];
    try {
      while (sockets.length < SOCKETS) {
        const opened = Array.from({ length: SOCKETS_AT_ONCE }, () => open(world));
        sockets.push(...opened.map(({ socket }) => socket));
        await Promise.all(opened.map(({ done }) => done));
      }
      const askedAt = performance.now();
      const status = await ask(world, 'GET', '/v1/status', {}).catch(() => 0);
      const tookMs = performance.now() - askedAt;

      check(status === 200 && tookMs < 4_000, 'others are answered', [status, `${Math.round(tookMs)} ms`]);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  },
};

function open({ url }: World): { socket: Socket; done: Promise<unknown> } {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  const done = new Promise((resolve) => {
    socket.once('connect', resolve);
    socket.once('close', resolve);
  });
  return { socket, done };
}

function ask({ url }: World, method: string, path: string, headers: Record<string, string>): Promise<number> {
  const body = method === 'GET' ? '' : JSON.stringify({ reason: 'x' });
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, url),
      { method, headers: { 'content-type': 'application/json', ...headers }, agent: false, timeout: 40_000 },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
