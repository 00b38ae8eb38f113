import { get, type IncomingHttpHeaders } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { signerOf } from '../../src/system/signing.ts';
import type { Server } from '../../src/web/server.ts';
import { createWorld } from './world.ts';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const signer = signerOf(`whsk_${Buffer.alloc(32, 7).toString('base64')}`);

interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

function ask(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, { headers }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      const { statusCode: status, headers } = response;
      // Of this connection, and of this second.
      delete headers.date;
      response.once('end', () => resolve({ status, headers, body }));
    }).once('error', reject);
  });
}

it.each([
  ['/v1/status', '?', {}],
  ['/v1/status', '?', { 'if-none-match': 'W/"7.1"' }],
  ['/v1/status', '?', { 'if-none-match': 'W/"7.0"' }],
  ['/v1/status', '?', { 'if-none-match': '"else", W/"7.1"' }],
  ['/v1/status?route=t2v.default', '&', {}],
  ['/v1/status?route=t2v.default', '&', { 'if-none-match': 'W/"7.1"' }],
  ['/v1/status', '?', { 'accept-encoding': 'gzip' }],
  ['/v1/status', '?', { 'accept-encoding': 'gzip', 'if-none-match': 'W/"7.1"' }],
  ['/v1/weights/t2v.default', '?', {}],
  ['/v1/weights/t2v.default', '?', { 'if-none-match': 'W/"7.1"' }],
])('says of %s with %s and %o what the long way says', async (path, more, headers) => {
  const world = createWorld();
  const server = world.server(undefined, { signer });
  servers.push(server);
  const { url } = await server.listen(0, '127.0.0.1');
  await ask(url + path);
  const asked = world.asked['runs'];
  const short = await ask(url + path, headers);
  // The way is as long as it gets where the address is not known by heart.
  const long = await ask(`${url}${path}${more}wait=1`, headers);

  expect(short).toEqual(long);
  expect([200, 304]).toContain(short.status);
  expect(world.asked['runs']).toBe(asked);
});

it.each([
  ['?index=7.0', '?wait=30&index=7.0', {}],
  ['?index=7.1&wait=0', '?wait=0&index=7.1', {}],
  ['?index=7.1&wait=0', '?wait=0&index=7.1', { 'if-none-match': 'W/"7.1"' }],
  ['?route=t2v.default&index=7.1&wait=0', '?index=7.1&route=t2v.default&wait=0', {}],
  ['?route=nope&index=7.1&wait=0', '?index=7.1&route=nope&wait=0', {}],
  ['?index=7.1&wait=61', '?wait=61&index=7.1', {}],
  ['&index=7.1', '&index=7.1', {}],
])('says of a long poll for %s what the long way says of %s', async (short, long, headers) => {
  const world = createWorld();
  const server = world.server(undefined, { signer });
  servers.push(server);
  const { url } = await server.listen(0, '127.0.0.1');
  await ask(`${url}/v1/status`);

  const [mine, theirs] = [
    await ask(`${url}/v1/status${short}`, headers),
    await ask(`${url}/v1/status${long}`, headers),
  ];
  const bare = (text: string) => text.replaceAll(short, '').replaceAll(long, '');
  expect({ ...mine, body: bare(mine.body) }).toEqual({ ...theirs, body: bare(theirs.body) });
});

it('wakes long polls over sockets by one change, and forgets those who hung up', async () => {
  const world = createWorld();
  const server = world.server();
  servers.push(server);
  const { url } = await server.listen(0, '127.0.0.1');
  const polls = [1, 2, 3].map(() => ask(`${url}/v1/status?index=7.1&wait=60`));
  const gone = get(`${url}/v1/status?index=7.1&wait=60`).on('error', () => undefined);
  await ask(`${url}/healthz`);
  gone.destroy();
  await ask(`${url}/healthz`);
  world.set('kling/kling-2.5-turbo', { health: 'down' });
  const answers = await Promise.all(polls);

  expect(answers.map(({ status, headers }) => [status, headers['reelwatch-index']])).toEqual(
    [1, 2, 3].map(() => [200, '7.2']),
  );
});

it('takes no short way around a token', async () => {
  const world = createWorld();
  const token = 'a-token-that-may-read';
  const server = world.server(undefined, { tokens: [{ name: 'a', token, scopes: ['read'] }] });
  servers.push(server);
  const { url } = await server.listen(0, '127.0.0.1');
  const none = await ask(`${url}/v1/status`, { 'if-none-match': 'W/"7.1"' });
  const mine = await ask(`${url}/v1/status`, {
    'if-none-match': 'W/"7.1"',
    authorization: `Bearer ${token}`,
  });
  const poll = await ask(`${url}/v1/status?index=7.0`);
  const weights = await ask(`${url}/v1/weights/t2v.default`);

  expect([none, mine, poll, weights].map(({ status }) => status)).toEqual([401, 304, 401, 401]);
});

it('sees a change, and a renewed time of validity, at once', async () => {
  const world = createWorld();
  const server = world.server();
  servers.push(server);
  const { url } = await server.listen(0, '127.0.0.1');
  const headers = { 'if-none-match': 'W/"7.1"' };
  await ask(`${url}/v1/status`);
  world.at.validUntil += 60_000;
  const renewed = await ask(`${url}/v1/status`, headers);
  const body = await ask(`${url}/v1/status`);
  world.set('kling/kling-2.5-turbo', { health: 'down' });
  const changed = await ask(`${url}/v1/status`, headers);

  expect([renewed.status, renewed.headers['reelwatch-valid-until']]).toEqual([
    304,
    '2026-11-21T12:16:00.000Z',
  ]);
  expect(body.body).toContain('"valid_until":"2026-11-21T12:16:00.000Z"');
  expect([changed.status, changed.headers['reelwatch-index']]).toEqual([200, '7.2']);
});
