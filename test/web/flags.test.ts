import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import type { Shares } from '../../src/ports/render.ts';
import { bucketOf } from '../../src/web/bucket.ts';
import { TARGETING_KEY_CHARACTERS_MAX } from '../../src/web/routes/flags.ts';
import type { Server } from '../../src/web/server.ts';
import { createWorld, type World } from './world.ts';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const KLING = 'kling/kling-2.5-turbo';
const ONE = '/ofrep/v1/evaluate/flags/t2v.default';
const ALL = '/ofrep/v1/evaluate/flags';

function serve(world: World): Server {
  const server = world.server();
  servers.push(server);
  return server;
}
const ask = (server: Server, url: string, payload: object | string, headers: Record<string, string> = {}) =>
  server.inject({
    method: 'POST',
    url,
    payload,
    headers: { 'content-type': 'application/json', ...headers },
  });
const keyed = (targetingKey: unknown) => ({ context: { targetingKey } });

it('gives a key a target, says why, and whom to try next', async () => {
  const answer = await ask(serve(createWorld()), ONE, keyed('job-1'));
  const { value, ...flag } = answer.json();

  expect(answer.statusCode).toBe(200);
  expect(flag).toEqual({
    key: 't2v.default',
    reason: 'SPLIT',
    variant: value,
    metadata: { index: '7.1', basis: 'plan', fallback: `${KLING},runway/gen4.5,luma/ray-3` },
  });
});

it.each<[string, object | string, number, string]>([
  ['no JSON', '{', 400, 'PARSE_ERROR'],
  ['no context', {}, 400, 'INVALID_CONTEXT'],
  ['a list', [], 400, 'INVALID_CONTEXT'],
  ['no key', { context: {} }, 400, 'TARGETING_KEY_MISSING'],
  ['an empty key', keyed(''), 400, 'TARGETING_KEY_MISSING'],
  ['a number', keyed(7), 400, 'INVALID_CONTEXT'],
  ['a key that is too long', keyed('x'.repeat(TARGETING_KEY_CHARACTERS_MAX + 1)), 400, 'INVALID_CONTEXT'],
  ['a body that is too large', keyed('x'.repeat(70_000)), 400, 'PARSE_ERROR'],
])("refuses %s in the protocol's own words", async (_what, payload, status, code) => {
  const server = serve(createWorld());
  for (const url of [ONE, ALL]) {
    const answer = await ask(server, url, payload);
    expect([answer.statusCode, answer.json<{ errorCode: string }>().errorCode]).toEqual([status, code]);
  }
});

it('knows no flag but routes', async () => {
  const answer = await ask(serve(createWorld()), `${ALL}/nope`, keyed('a'));

  expect([answer.statusCode, answer.json()]).toEqual([
    404,
    { key: 'nope', errorCode: 'FLAG_NOT_FOUND', errorDetails: expect.any(String) },
  ]);
});

it('gives all flags under a tag that changes only with what is told', async () => {
  const world = createWorld();
  const server = serve(world);
  const first = await ask(server, ALL, keyed('a'));
  const tag = String(first.headers['etag']);
  const known = await ask(server, ALL, keyed('a'), { 'if-none-match': tag });
  world.set('fal/wan@eu', { health: 'down' });
  const same = await ask(server, ALL, keyed('a'), { 'if-none-match': tag });
  world.set(first.json<{ flags: [{ value: string }] }>().flags[0].value, { health: 'down' });
  const other = await ask(server, ALL, keyed('a'), { 'if-none-match': tag });

  expect([first, known, same, other].map(({ statusCode }) => statusCode)).toEqual([200, 304, 304, 200]);
});

const shares = (weights: readonly number[]): Shares => ({
  route: 'r',
  members: weights.map((weight, i) => ({ target: `p/${i}`, weight, role: 'serve' })),
  fallback: [],
});

it('shares keys out by weight, within what chance allows', () => {
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 20_000; i++) {
    const n = Number(bucketOf(shares([70, 20, 10, 0]), `job-${i}`).slice(2));
    counts[n] = (counts[n] ?? 0) + 1;
  }

  [14_000, 4_000, 2_000].forEach((wanted, i) =>
    expect(Math.abs((counts[i] ?? 0) - wanted)).toBeLessThan(4 * Math.sqrt(wanted)),
  );
  expect(counts[3]).toBe(0);
});

it('moves no key that a change of weights does not have to move', () => {
  const found = fc.check(
    fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 6 }), (weights) => {
      const after = weights.map((weight, i) => (i === 0 ? 0 : weight));
      for (let i = 0; i < 50; i++) {
        const was = bucketOf(shares(weights), `k${i}`);
        const is = bucketOf(shares(after), `k${i}`);
        if (was !== 'p/0' && is !== was) return false;
      }
      return true;
    }),
  );

  expect(found.counterexample).toBeNull();
});
