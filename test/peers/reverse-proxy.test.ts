/** The page's nginx in front of the server: who may write through it, and under which names it answers. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { until } from '../e2e/process.ts';
import { createWorld, LOCAL } from '../web/world.ts';
import { example, put } from './pages.ts';
import { endAll, folder, freePort, need, startPeer } from './process.ts';

afterEach(endAll);

const PUBLIC = 'reelwatch.example.com';

/** nginx with a `server` block in front of a reelwatch whose public name is `PUBLIC`. */
async function startProxy(blockFor: (listen: string, upstream: string) => string): Promise<number> {
  need('nginx', 'nginx');
  const server = createWorld().server(undefined, { hosts: [PUBLIC] });
  onTestFinished(() => server.close());
  const upstream = await server.listen(0, '127.0.0.1');
  const [dir, port] = [folder(), await freePort()];
  mkdirSync(join(dir, 'temp'));
  const temps = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(dir, 'temp', name)};`)
    .join(' ');
  const block = blockFor(`127.0.0.1:${port}`, `127.0.0.1:${upstream.port}`);
  const text = `worker_processes 1; pid ${dir}/pid; events {}\nhttp { access_log off; ${temps}\n${block} }\n`;
  writeFileSync(join(dir, 'nginx.conf'), text);
  const peer = startPeer('nginx', [
    '-p',
    dir,
    '-c',
    join(dir, 'nginx.conf'),
    '-e',
    join(dir, 'error.log'),
    '-g',
    'daemon off;',
  ]);
  await until(async () => {
    if (peer.isOver()) throw new Error(peer.said());
    return (await ask(port, 'GET', '/healthz').catch(() => null)) === null ? null : true;
  }, 10_000);
  return port;
}

function ask(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<number> {
  const body = method === 'GET' ? '' : JSON.stringify({ reason: 'x' });
  return new Promise((resolve, reject) => {
    const sent = request(
      { port, method, path, headers: { 'content-type': 'application/json', ...headers } },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

it('lets nobody write without a token through a plain proxy_pass, which sends the address of this machine', async () => {
  const port = await startProxy(
    (listen, upstream) => `server { listen ${listen}; location / { proxy_pass http://${upstream}; } }`,
  );

  expect(await ask(port, 'PUT', '/v1/freeze')).toBe(401);
  expect(await ask(port, 'POST', '/v1/outcomes')).toBe(401);
  expect(await ask(port, 'GET', '/v1/status')).toBe(200);
});

it('answers through the nginx of the page, under its public name only', async () => {
  const port = await startProxy((listen, upstream) =>
    put(example('../reverse-proxy', 'nginx'), {
      'listen 443 ssl': `listen ${listen}`,
      '127.0.0.1:8780': upstream,
    }),
  );
  const host = { host: PUBLIC };

  expect(await ask(port, 'GET', '/v1/status', host)).toBe(200);
  expect(await ask(port, 'GET', '/v1/status', { host: 'evil.example' })).toBe(421);
  expect(await ask(port, 'PUT', '/v1/freeze', host)).toBe(401);
  const authorized = { ...host, authorization: `Bearer ${LOCAL.token}` };
  expect(await ask(port, 'POST', '/v1/outcomes', { ...authorized })).not.toBe(401);
});
