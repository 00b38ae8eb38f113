import { createPublicKey, verify } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { MINUTE } from '../../src/core/base.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { RENDERS } from '../../src/routers/render/index.ts';
import { signerOf } from '../../src/system/signing.ts';
import { statusDocument } from '../../src/web/schema.ts';
import type { Server } from '../../src/web/server.ts';
import { createWaiting, WAITERS_MAX } from '../../src/web/waiting.ts';
import { createWorld, START, type World } from './world.ts';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const signer = signerOf(`whsk_${Buffer.alloc(32, 7).toString('base64')}`);
const publicKey = createPublicKey({
  key: { kty: 'OKP', crv: 'Ed25519', x: signer.publicKeys[0]?.x ?? '' },
  format: 'jwk',
});

function serve(world: World, more: Parameters<World['server']>[1] = {}): Server {
  const server = world.server(undefined, { renders: RENDERS, signer, ...more });
  servers.push(server);
  return server;
}

const KLING = 'kling/kling-2.5-turbo';
const WEIGHTS = '/v1/weights/t2v.default';

it('lets a long poll wait until there is another generation', async () => {
  const world = createWorld();
  const server = serve(world);
  let isAnswered = false;
  const waiting = server.inject('/v1/status?index=7.1&wait=30').then((answer) => {
    isAnswered = true;
    return answer;
  });
  await server.inject('/healthz');
  const before = isAnswered;
  world.set(KLING, { health: 'down' });

  const answer = await waiting;
  expect(before).toBe(false);
  expect(answer.headers['reelwatch-index']).toBe('7.2');
  expect(statusDocument.parse(answer.json()).generation).toBe(2);
});

it.each(['6.1', '7.0', '7.2', '8.1'])(
  'answers a long poll for %s at once, because that is not the index',
  async (index) => {
    const answer = await serve(createWorld()).inject(`/v1/status?index=${index}`);

    expect([answer.statusCode, answer.headers['reelwatch-index']]).toEqual([200, '7.1']);
  },
);

it.each(['index=7', 'index=x.1', 'index=7.1&wait=61', 'index=7.1&wait=-1', 'index=7.1&wait=soon'])(
  'refuses a long poll with %s',
  async (query) => {
    const answer = await serve(createWorld()).inject(`/v1/status?${query}`);

    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  },
);

it('answers 304 after the wait to who has the document, with up to a sixteenth of jitter', async () => {
  const world = createWorld();
  const slept: number[] = [];
  const clock: Clock = { ...world.clock, sleep: async (ms) => void slept.push(ms) };
  const server = serve(world, { clock });
  for (let i = 0; i < 20; i++) {
    const headers = { 'if-none-match': 'W/"7.1"' };
    expect((await server.inject({ url: '/v1/status?index=7.1&wait=10', headers })).statusCode).toBe(304);
  }

  const waits = slept.filter((ms) => ms >= 10_000);
  expect(waits).toHaveLength(20);
  expect(Math.max(...waits)).toBeLessThan(10_625);
  expect(new Set(waits).size).toBeGreaterThan(10);
});

it('lets only so many wait, and forgets those who left', async () => {
  const world = createWorld();
  const waiting = createWaiting(world.view, world.clock, 2);
  const leave: (() => void)[] = [];
  const turns = [1, 2, 3].map(() => waiting.wait('7.1', 1_000, (gone) => leave.push(gone)));
  expect(turns.map((turn) => turn === null)).toEqual([false, false, true]);

  leave[0]?.();
  await turns[0];
  expect(waiting.count()).toBe(1);
  expect(waiting.wait('7.1', 1_000, () => {})).not.toBeNull();
  waiting.close();
  await turns[1];
  expect(waiting.count()).toBe(0);
});

it('tells a long poll beyond the places when to come back', async () => {
  const world = createWorld();
  const server = serve(world);
  const asked = Array.from({ length: WAITERS_MAX + 1 }, () => server.inject('/v1/status?index=7.1'));
  const first = await Promise.race(asked);
  world.set(KLING, { health: 'down' });
  const answers = await Promise.all(asked);

  expect([first.statusCode, first.headers['retry-after']]).toEqual([503, '5']);
  expect(answers.filter(({ headers }) => headers['reelwatch-index'] === '7.2')).toHaveLength(WAITERS_MAX);
  expect(world.asked['runs']).toBeLessThan(4);
});

it.each(['7.1', '7.2'])('lets a long poll for %s wait on while commits tell nothing new', async (index) => {
  const world = createWorld();
  const server = serve(world);
  world.ran(KLING, 'pass');
  let isAnswered = false;
  const waiting = server.inject(`/v1/status?index=${index}`).then((answer) => {
    isAnswered = true;
    return answer;
  });
  await server.inject('/healthz');
  world.ran(KLING, 'pass');
  await server.inject('/healthz');
  const before = isAnswered;
  world.set(KLING, { health: 'down' });

  expect([before, (await waiting).headers['reelwatch-index']]).toEqual([false, '7.4']);
});

it('sends those who wait on when the server closes', async () => {
  const world = createWorld();
  const server = serve(world);
  const waiting = server.inject('/v1/status?index=7.1');
  await server.inject('/healthz');
  await server.close();

  expect((await waiting).statusCode).toBe(200);
});

it('never lets a client by long poll miss that something was told', async () => {
  const steps = fc.array(fc.constantFrom('tell', 'commit', 'poll', 'turn'), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      let [generation, told] = [1, 1];
      const listeners = new Set<() => void>();
      const view = {
        epoch: 7,
        generation: () => generation,
        told: () => told,
        onTold: (listener: () => void) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      };
      const { clock } = createWorld();
      const waiting = createWaiting(view, clock);
      let known = '7.1';
      let isPolling = false;
      const poll = async () => {
        isPolling = true;
        await waiting.wait(known, 1_000, () => {});
        known = `7.${generation}`;
        isPolling = false;
      };
      for (const step of steps) {
        if (step === 'turn') await Promise.resolve();
        else if (step === 'poll' && !isPolling) void poll();
        else if (step === 'commit') generation += 1;
        else if (step === 'tell') {
          generation += 1;
          told = generation;
          for (const listener of listeners) listener();
        }
      }
      // Whoever polls now, or polled last, learns the newest that was told without anything further being told.
      for (let i = 0; i < 20; i++) await Promise.resolve();
      if (!isPolling) void poll();
      for (let i = 0; i < 20; i++) await Promise.resolve();
      expect(Number(known.slice(2))).toBeGreaterThanOrEqual(told);
    }),
  );
});

it('tags a document with the index that it was made at, whatever happens meanwhile', async () => {
  const world = createWorld();
  const server = serve(world);
  const asked = server.inject('/v1/status');
  world.set(KLING, { health: 'down' });
  const answer = await asked;

  expect(answer.headers['reelwatch-index']).toBe(`7.${answer.json<{ generation: number }>().generation}`);
});

it.each(['/v1/status', WEIGHTS, '/v1/render/traefik/t2v.default'])('signs %s', async (url) => {
  const server = serve(createWorld());
  const answer = await server.inject(url);
  const again = await server.inject({ url, headers: { 'if-none-match': String(answer.headers['etag']) } });

  const [version, base64 = ''] = String(answer.headers['reelwatch-signature']).split(',');
  const signature = Buffer.from(base64, 'base64');
  expect(version).toBe('v1a');
  expect(verify(null, answer.rawPayload, publicKey, signature)).toBe(true);
  expect(verify(null, Buffer.from(`${answer.body} `), publicKey, signature)).toBe(false);
  expect([again.statusCode, again.headers['reelwatch-signature']]).toEqual([304, undefined]);
  expect(again.headers['reelwatch-valid-until']).toBe('2026-11-21T12:15:00.000Z');
});

it('publishes the public key, also as Standard Webhooks writes it', async () => {
  const { keys, formats } = (await serve(createWorld()).inject('/.well-known/reelwatch.json')).json();

  const [key] = keys;
  expect(keys).toHaveLength(1);
  expect(key).toMatchObject({ kty: 'OKP', crv: 'Ed25519', kid: signer.publicKeys[0]?.kid });
  expect(key.webhook).toBe(`whpk_${Buffer.from(key.x, 'base64url').toString('base64')}`);
  expect(formats).toEqual(RENDERS.map(({ format }) => format));
});

it('publishes both keys while they are exchanged, the newest first, and signs answers with both', async () => {
  const old = `whsk_${Buffer.alloc(32, 7).toString('base64')}`;
  const both = signerOf(`whsk_${Buffer.alloc(32, 8).toString('base64')}`, old);
  const server = serve(createWorld(), { signer: both });

  const { keys } = (await server.inject('/.well-known/reelwatch.json')).json<{ keys: { x: string }[] }>();
  const answer = await server.inject(WEIGHTS);

  const signatures = String(answer.headers['reelwatch-signature']).split(' ');
  const verified = signatures.map((signature, i) =>
    verify(
      null,
      answer.rawPayload,
      createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: keys[i]?.x ?? '' }, format: 'jwk' }),
      Buffer.from(signature.slice('v1a,'.length), 'base64'),
    ),
  );
  expect(verified).toEqual([true, true]);
  expect(keys[1]?.x).toBe(signer.publicKeys[0]?.x);
});

it('packs the status for those who take gzip, under a signature of what comes out', async () => {
  const server = serve(createWorld());
  const packed = await server.inject({ url: '/v1/status', headers: { 'accept-encoding': 'br, gzip' } });
  const plain = await server.inject({ url: '/v1/status', headers: { 'accept-encoding': 'gzip;q=0' } });

  expect([packed.headers['content-encoding'], plain.headers['content-encoding']]).toEqual([
    'gzip',
    undefined,
  ]);
  expect(gunzipSync(packed.rawPayload).equals(plain.rawPayload)).toBe(true);
  expect(packed.headers['reelwatch-signature']).toBe(plain.headers['reelwatch-signature']);
});

it('gives the weights of a route as numbers, zeros too, with the fallback order', async () => {
  const world = createWorld();
  world.set(KLING, { health: 'down' });
  const answer = await serve(world).inject(WEIGHTS);

  expect(answer.headers['etag']).toBe('W/"7.2"');
  expect(answer.json()).toMatchObject({
    basis: 'plan',
    weights: { [KLING]: 0, 'runway/gen4.5': 60, 'luma/ray-3': 40 },
    fallback: ['runway/gen4.5', 'luma/ray-3', KLING],
  });
});

it('gives the base weights in a dry run, and once the plan has expired', async () => {
  const world = createWorld();
  world.set(KLING, { health: 'down' });
  const server = serve(world);
  const planned = await server.inject(WEIGHTS);
  world.at.now = world.at.validUntil + 1;
  const expired = await server.inject(WEIGHTS);
  world.at.now = START;
  const [route] = world.settings.routes;
  if (route) route.mode = 'dry_run';
  const dry = await server.inject(WEIGHTS);

  const base = { [KLING]: 50, 'runway/gen4.5': 30, 'luma/ray-3': 20 };
  expect(expired.json()).toMatchObject({ basis: 'expired', weights: base });
  expect(dry.json()).toMatchObject({ basis: 'dry_run', weights: base, fallback: Object.keys(base) });
  expect(new Set([planned, expired, dry].map(({ headers }) => headers['etag'])).size).toBe(3);
});

it('leaves out what is excluded when a plan expires, unless nothing else is left', async () => {
  const world = createWorld();
  world.set(KLING, { health: 'retired' });
  const server = serve(world);
  world.at.now = world.at.validUntil + 1;
  const one = (await server.inject(WEIGHTS)).json();
  for (const id of world.states.keys()) world.set(id, { health: 'retired' });
  const all = (await server.inject(WEIGHTS)).json();

  expect(one.weights).toEqual({ [KLING]: 0, 'runway/gen4.5': 60, 'luma/ray-3': 40 });
  expect(one.fallback).not.toContain(KLING);
  expect(all.weights).toEqual({ [KLING]: 50, 'runway/gen4.5': 30, 'luma/ray-3': 20 });
});

it('renders the same bytes as long as the weights are the same, and 200 unless a tag was sent', async () => {
  const world = createWorld();
  for (const setting of world.settings.targets) setting.address = 'http://192.0.2.1:8080';
  const server = serve(world);
  for (const { format, mediaType } of RENDERS) {
    const url = `/v1/render/${format}/t2v.default`;
    const first = await server.inject(url);
    world.at.now += MINUTE;
    // A new generation that changes no weight.
    world.set('fal/wan@eu', { health: 'healthy' });
    const second = await server.inject(url);
    const tag = String(first.headers['etag']);
    const known = await server.inject({ url, headers: { 'if-none-match': tag } });

    expect([format, first.statusCode, second.statusCode, known.statusCode]).toEqual([format, 200, 200, 304]);
    expect(first.headers['content-type']).toBe(mediaType);
    expect([format, second.body]).toEqual([format, first.body]);
    expect(second.headers['etag']).toBe(tag);
    expect(tag).toMatch(/^"/);
    expect(second.headers['reelwatch-index']).not.toBe(first.headers['reelwatch-index']);
  }
});

it.each([
  ['/v1/render/nope/t2v.default', 404, 'There are traefik'],
  ['/v1/render/order/nope', 404, 'No route'],
  ['/v1/weights/nope', 404, 'No route'],
  ['/v1/render/eds/t2v.default', 409, 'kling/kling-2.5-turbo'],
  ['/v1/explain/t2v.default/fal%2Fwan@eu', 404, 'No route'],
])('answers %s with the problem %d', async (url, status, detail) => {
  const answer = await serve(createWorld()).inject(url);

  expect(answer.statusCode).toBe(status);
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.json<{ detail: string }>().detail).toContain(detail);
});

it('tells the last decisions about a target of a route, newest first, and only what changed', async () => {
  const world = createWorld();
  const server = serve(world);
  const url = `/v1/explain/t2v.default/${encodeURIComponent(KLING)}`;
  await server.inject(url);
  world.set(KLING, { health: 'down' });
  world.set('fal/wan@eu', { health: 'down' });
  world.at.now += MINUTE;
  world.set(KLING, { health: 'healthy' });
  const told = (await server.inject(url)).json();
  const spelledOut = (await server.inject(`/v1/explain/t2v.default/${KLING}`)).json();

  expect(told).toEqual(spelledOut);
  expect(told.decisions).toMatchObject([
    { index: '7.4', before: 0, weight: 50, state: 'healthy', at: '2026-11-21T12:01:00.000Z' },
    { index: '7.2', before: 50, weight: 0, state: 'down', factors: { state: 0 } },
    {
      index: '7.1',
      before: null,
      weight: 50,
      base_weight: 50,
      explain: expect.stringMatching(/^base 50 × .*→ 50 %/),
    },
  ]);
});

it('keeps no more decisions than it says', async () => {
  const world = createWorld();
  const server = serve(world);
  const url = `/v1/explain/t2v.default/${encodeURIComponent(KLING)}`;
  await server.inject(url);
  for (let i = 0; i < 60; i++) world.set(KLING, { health: i % 2 ? 'healthy' : 'down' });

  expect((await server.inject(url)).json().decisions).toHaveLength(50);
});
