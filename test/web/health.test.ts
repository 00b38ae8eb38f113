import { afterEach, expect, it } from 'vitest';
import type { StoreTrouble } from '../../src/ports/trouble.ts';
import { SILENT_MS_MAX } from '../../src/web/routes/health.ts';
import type { Server } from '../../src/web/server.ts';
import { createWorld, type World } from './world.ts';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

function serve(world: World, ...extra: Parameters<World['server']>): Server {
  const server = world.server(...extra);
  servers.push(server);
  return server;
}

it('is healthy while the probing loop ticks, whatever the providers do', async () => {
  const world = createWorld();
  for (const id of world.states.keys()) world.set(id, { health: 'down' });
  world.at.now += SILENT_MS_MAX;
  const answer = await serve(world).inject('/healthz');

  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toBe('application/health+json; charset=utf-8');
  expect(answer.json()).toMatchObject({ status: 'pass', serviceId: 'rw-test', version: '0.1.0-test' });
});

it('is ill once the loop has been silent for more than three minutes', async () => {
  const world = createWorld();
  world.at.now += SILENT_MS_MAX + 1_000;
  const answer = await serve(world).inject('/healthz');

  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toMatchObject({ status: 'fail', output: expect.stringContaining('181 s') });
  expect(answer.json().checks['probing:silence'][0]).toMatchObject({ observedValue: 181, observedUnit: 's' });
});

it('is ready as soon as the store answers', async () => {
  const world = createWorld();
  const server = serve(world);
  const ready = await server.inject('/readyz');
  world.isStoreBroken = true;
  const broken = await server.inject('/readyz');

  expect([ready.statusCode, broken.statusCode]).toEqual([200, 503]);
  expect(broken.body).not.toContain('disk');
});

it.each<[StoreTrouble, string]>([
  ['replaced', 'was deleted or replaced'],
  ['full', 'is full'],
  ['not_alone', 'Another reelwatch'],
])('is not ready where the store is %s, and says so there and on the page', async (trouble, words) => {
  const world = createWorld();
  for (const id of world.states.keys()) world.set(id, { health: 'healthy' });
  world.trouble = trouble;
  const server = serve(world);

  const ready = await server.inject('/readyz');
  const page = (await server.inject('/')).body;

  expect(ready.statusCode).toBe(503);
  expect(ready.json()).toMatchObject({ status: 'not_ready', reason: expect.stringContaining(words) });
  expect(page).toContain(words);
  expect(page).not.toContain('providers are fine');
  expect(page).toContain('<title>✕ store · reelwatch</title>');
});

it('says in its readiness for a day that the clock jumped', async () => {
  const world = createWorld();
  const server = serve(world);
  const clockNow = async () => (await server.inject('/readyz')).json().checks.clock;
  expect(await clockNow()).toEqual({ status: 'pass' });

  const at = world.clock.now();
  world.at.jump = { at, lostMs: -3_600_000, text: 'the clock was set back by 3600 s' };
  const told = await clockNow();
  world.at.now += 25 * 3_600_000;

  const time = new Date(at).toISOString();
  expect(told).toEqual({
    status: 'warn',
    output: `the clock was set back by 3600 s, at ${time}; schedules were re-armed`,
  });
  expect(await clockNow()).toEqual({ status: 'pass' });
});

const ADDRESSES = [
  '/',
  '/v1/status',
  '/v1/page',
  '/healthz',
  '/metrics',
  '/assets/page.js',
  '/docs/',
  '/nothing',
];

it.each(ADDRESSES)('sends strict headers with %s', async (url) => {
  const { headers } = await serve(createWorld()).inject(url);

  const policy = String(headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['cache-control']).toBeDefined();
});

it('has no inline script or style on its own pages', async () => {
  const world = createWorld();
  const { runId } = world.ran('runway/gen4.5', 'pass');
  const server = serve(world);
  for (const url of ['/', `/runs/${encodeURIComponent(runId)}`]) {
    const { body } = await server.inject(url);
    expect(body).not.toMatch(/<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=/);
  }
});

it('documents the API without help from elsewhere, and leaves mounted handlers out', async () => {
  const extra = { prefixes: ['/_sim'], handle: async () => new Response('sim') };
  const server = serve(createWorld(), extra);
  const document = (await server.inject('/docs/json')).json();
  const page = await server.inject('/docs/');

  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths).sort()).toEqual([
    '/.well-known/reelwatch.json',
    '/healthz',
    '/metrics',
    '/ofrep/v1/evaluate/flags',
    '/ofrep/v1/evaluate/flags/{key}',
    '/readyz',
    '/v1/audit',
    '/v1/events',
    '/v1/explain',
    '/v1/explain/{route}/{target}',
    '/v1/freeze',
    '/v1/freeze/{route}',
    '/v1/lifecycle-headers',
    '/v1/outbox',
    '/v1/outcomes',
    '/v1/pins',
    '/v1/pins/{route}/{target}',
    '/v1/render/{format}/{route}',
    '/v1/runs',
    '/v1/runs/{id}',
    '/v1/runs/{id}/frame',
    '/v1/status',
    '/v1/targets/{id}',
    '/v1/weights/{route}',
  ]);
  expect(page.statusCode).toBe(200);
  expect(page.body).not.toMatch(/https?:\/\//);
  expect((await server.inject('/docs/static/swagger-ui-bundle.js')).statusCode).toBe(200);
});

it('takes no bodies: one is refused, or not even read', async () => {
  const server = serve(createWorld());
  const small = await server.inject({ method: 'POST', url: '/v1/status', payload: { a: 1 } });
  const large = await server.inject({ method: 'GET', url: '/v1/status', payload: 'x'.repeat(100_000) });

  expect(small.statusCode).toBe(405);
  expect(large.statusCode).toBe(200);
});

it('listens on a free port, answers over a socket, and refuses headers that are too large', async () => {
  const server = serve(createWorld());
  const { port, url } = await server.listen(0, '127.0.0.1');
  const small = await fetch(`${url}/healthz`);
  const large = await fetch(`${url}/healthz`, { headers: { 'x-large': 'x'.repeat(20_000) } });

  expect(port).toBeGreaterThan(0);
  expect([small.status, large.status]).toEqual([200, 431]);
});
