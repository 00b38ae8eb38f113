import { afterEach, expect, it } from 'vitest';
import { EXTRA_BODY_BYTES_MAX, type Extra } from '../../src/web/extra.ts';
import type { Server } from '../../src/web/server.ts';
import { createWorld } from './world.ts';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** Answers with what it was given. */
const echo: Extra = {
  prefixes: ['/_sim', '/inbox'],
  handle: async (request) =>
    Response.json(
      {
        method: request.method,
        path: new URL(request.url).pathname + new URL(request.url).search,
        type: request.headers.get('content-type'),
        key: request.headers.get('x-key'),
        body: Buffer.from(await request.arrayBuffer()).toString('base64'),
      },
      { status: 201, headers: { 'x-told': 'yes' } },
    ),
};

function serve(extra: Extra): Server {
  const server = createWorld().server(extra);
  servers.push(server);
  return server;
}

const BYTES = Buffer.from([0, 255, 13, 10, 200]);

it.each(['POST', 'PUT', 'DELETE', 'PATCH'] as const)('passes a raw body with %s', async (method) => {
  const headers = { 'content-type': 'application/json', 'x-key': 'k' };
  const answer = await serve(echo).inject({ method, url: '/_sim/a%2Fb/c?d=e', headers, payload: BYTES });

  expect([answer.statusCode, answer.headers['x-told']]).toEqual([201, 'yes']);
  expect(answer.json()).toEqual({
    method,
    path: '/_sim/a%2Fb/c?d=e',
    type: 'application/json',
    key: 'k',
    body: BYTES.toString('base64'),
  });
});

it('serves the prefix itself, and what lies under it, and nothing beside it', async () => {
  const server = serve(echo);

  expect((await server.inject('/inbox')).json()).toMatchObject({ path: '/inbox', method: 'GET' });
  expect((await server.inject('/inbox/x/y')).statusCode).toBe(201);
  expect((await server.inject('/inboxes')).statusCode).toBe(404);
});

it('refuses a body that is too large with a problem', async () => {
  const payload = Buffer.alloc(EXTRA_BODY_BYTES_MAX + 1);
  const answer = await serve(echo).inject({ method: 'POST', url: '/_sim/x', payload });

  expect(answer.statusCode).toBe(413);
  expect(answer.headers['content-type']).toContain('application/problem+json');
});

it('streams bytes and keeps their length and type', async () => {
  const headers = { 'content-type': 'video/mp4', 'content-length': String(BYTES.length) };
  const server = serve({ prefixes: ['/_sim'], handle: async () => new Response(BYTES, { headers }) });
  const answer = await server.inject('/_sim/video.mp4');

  expect(answer.rawPayload.equals(BYTES)).toBe(true);
  expect(answer.headers['content-type']).toBe('video/mp4');
  expect(answer.headers['content-length']).toBe('5');
});

it('lets a handler set its own policy, and gives a scriptless one where it does not', async () => {
  const own = "default-src 'none'; script-src 'self'";
  const server = serve({
    prefixes: ['/inbox'],
    handle: async ({ url }) =>
      new Response('<p>', url.endsWith('own') ? { headers: { 'content-security-policy': own } } : {}),
  });

  expect((await server.inject('/inbox/own')).headers['content-security-policy']).toBe(own);
  expect((await server.inject('/inbox/none')).headers['content-security-policy']).not.toContain('script-src');
});

it('hides what a handler throws', async () => {
  const server = serve({ prefixes: ['/_sim'], handle: () => Promise.reject(new Error('secret')) });
  const answer = await server.inject('/_sim/x');

  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toContain('secret');
});
