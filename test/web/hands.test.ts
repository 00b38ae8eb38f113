/** Pins, freezes and the audit over HTTP: a real desk on a real store. */

import { afterEach, describe, expect, it } from 'vitest';
import { createHands } from '../../src/app/hands.ts';
import { createRecorder } from '../../src/app/recorder.ts';
import { HOUR, MINUTE } from '../../src/core/base.ts';
import { StoreError } from '../../src/ports/store.ts';
import type { Store } from '../../src/ports/store.ts';
import type { Token } from '../../src/web/access.ts';
import { AUTHOR_CHARACTERS_MAX, REASON_CHARACTERS_MAX } from '../../src/web/hands.ts';
import { createMetrics } from '../../src/web/metrics.ts';
import { createServer } from '../../src/web/server.ts';
import type { Server } from '../../src/web/server.ts';
import { routeOf } from '../core/routes.ts';
import { aSettings, createParts, START, TARGET } from '../app/world.ts';
import { LOCAL } from './world.ts';

const OTHER = 'blame/two';
const PIN = `/v1/pins/t2v.default/${TARGET}`;
const TOKENS: Token[] = [
  { name: 'reader', token: 'r'.repeat(20), scopes: ['read'] },
  { name: 'reporter', token: 'p'.repeat(20), scopes: ['read', 'report'] },
  { name: 'oncall', token: 'o'.repeat(20), scopes: ['read', 'operate'] },
];

const cleaners: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleaners.splice(0)) await clean();
});

async function setUp(more: { tokens?: Token[]; store?: Partial<Store>; mode?: 'dry_run' } = {}) {
  const settings = aSettings();
  const [first] = settings.targets;
  const target = { id: OTHER, provider: 'blame', model: 'two', region: null };
  const route = routeOf(
    [
      [TARGET, 50, 'healthy'],
      [OTHER, 50, 'healthy'],
    ],
    more.mode === undefined ? {} : { mode: more.mode },
  );
  const parts = await createParts({ targets: [first!, { ...first!, target }], routes: [route] });
  const store = { ...parts.store, ...more.store };
  const recorder = createRecorder({ ...parts, store, ring: () => {} });
  const hands = createHands({ ...parts, store, recorder, flag: null });
  await recorder.planAll(parts.clock.now(), 0);
  const metrics = createMetrics({ settings: parts.settings, clock: parts.clock, version: 'test' });
  const server = createServer({
    view: parts.board,
    store,
    settings: parts.settings,
    clock: parts.clock,
    metrics,
    outcomes: { waitMs: () => 0, recent: () => new Map(), open: () => null as never },
    hands,
    log: parts.log,
    version: 'test',
    tokens: more.tokens ?? [LOCAL],
  });
  cleaners.push(async () => {
    await server.close();
    await parts.store.close();
  });
  return { parts, server, hands, ask: askerOf(server) };
}

/** The page as people read it. */
async function pageOf(server: Server): Promise<string> {
  const { body } = await server.inject('/');
  return body.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
}

type Method = 'GET' | 'PUT' | 'DELETE';

function askerOf(server: Server) {
  return async (method: Method, url: string, body?: object, token: string | null = LOCAL.token) => {
    const answer = await server.inject({
      method,
      url,
      ...(body !== undefined && { payload: body }),
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
    });
    return { status: answer.statusCode, type: answer.headers['content-type'], body: answer.json() };
  };
}

const asked = (more: object = {}) => ({ weight: 80, for: '2h', reason: 'a demo', author: 'ada', ...more });

describe('PUT /v1/pins/{route}/{target}', () => {
  it('answers with the pin, its end, and the weights that are now in force', async () => {
    const { ask, parts } = await setUp();

    const { status, body } = await ask('PUT', PIN, asked());

    expect(status).toBe(200);
    expect(body).toEqual({
      pin: {
        route: 't2v.default',
        target: TARGET,
        weight: 80,
        until: new Date(START + 2 * HOUR).toISOString(),
        author: 'ada',
        reason: 'a demo',
      },
      route: {
        id: 't2v.default',
        mode: 'enforce',
        posture: 'normal',
        weights: { [TARGET]: 80, [OTHER]: 20 },
        frozen: null,
      },
    });
    expect((await parts.store.hands()).pins).toHaveLength(1);
    expect((await ask('GET', '/v1/pins')).body).toEqual({ pins: [body.pin] });
  });

  it('shows in the status document, until it ends by itself', async () => {
    const { ask, parts } = await setUp();
    await ask(
      'PUT',
      PIN.replace('acme/one', 'acme%2Fone'),
      asked({ for: undefined, until: '2026-12-01T00:01:00Z' }),
    );
    const pinOf = async () => (await ask('GET', '/v1/status')).body.routes[0].targets[0].pin;

    expect(await pinOf()).toMatchObject({ author: 'ada', until: '2026-12-01T00:01:00.000Z' });
    await parts.goOn(MINUTE);
    expect((await ask('GET', '/v1/pins')).body).toEqual({ pins: [] });
  });

  it.each<[string, string, object, number, RegExp]>([
    ['longer than a day', PIN, asked({ for: '25h' }), 400, /^A pin lasts at most 24 hours/],
    [
      'longer than a day, by its end',
      PIN,
      asked({ for: undefined, until: '2026-12-02T00:00:01Z' }),
      400,
      /24 hours/,
    ],
    ['of the past', PIN, asked({ for: undefined, until: '2026-11-30T00:00:00Z' }), 400, /this one has ended/],
    ['without an end', PIN, asked({ for: undefined }), 400, /^A pin needs an end/],
    ['with two ends', PIN, asked({ until: '2026-12-01T01:00:00Z' }), 400, /^A pin needs an end/],
    ['on no route', '/v1/pins/nowhere/acme%2Fone', asked(), 404, /^No such route. There are t2v.default.$/],
    ['on no target', '/v1/pins/t2v.default/acme%2Ftwo', asked(), 404, /It has acme\/one, blame\/two.$/],
    ['without a reason', PIN, asked({ reason: ' ' }), 400, /reason/],
    ['of too much', PIN, asked({ weight: 101 }), 400, /from 0 to 100, or "exclude"/],
    ['of half a point', PIN, asked({ weight: 0.5 }), 400, /weight/],
    ['by the policy', PIN, asked({ author: 'policy' }), 400, /Nobody may sign as policy/],
    [
      'by a name that is too long',
      PIN,
      asked({ author: 'a'.repeat(AUTHOR_CHARACTERS_MAX + 1) }),
      400,
      /author/,
    ],
    ['for too long a reason', PIN, asked({ reason: 'a'.repeat(REASON_CHARACTERS_MAX + 1) }), 400, /reason/],
    ['with an option that is none', PIN, asked({ forever: true }), 400, /forever/],
  ])('refuses one %s', async (_what, url, body, status, detail) => {
    const { ask, parts } = await setUp();

    const answer = await ask('PUT', url, body);

    expect([answer.status, answer.type]).toEqual([status, 'application/problem+json; charset=utf-8']);
    expect(answer.body.detail).toMatch(detail);
    expect((await parts.store.hands()).pins).toEqual([]);
  });

  it('takes the longest name and reason that are allowed', async () => {
    const { ask } = await setUp();
    const body = asked({
      author: 'a'.repeat(AUTHOR_CHARACTERS_MAX),
      reason: 'b'.repeat(REASON_CHARACTERS_MAX),
    });

    expect((await ask('PUT', PIN, body)).status).toBe(200);
  });

  it('says 503 where the store does not take it', async () => {
    const store = { pin: () => Promise.reject(new StoreError('full', 'the disk is full: /secret/path')) };
    const { ask } = await setUp({ store });

    const { status, body } = await ask('PUT', PIN, asked());

    expect([status, body.detail]).toEqual([503, expect.stringMatching(/^The store does not take it/)]);
  });
});

describe('DELETE /v1/pins/{route}/{target}', () => {
  it('takes the pin back, once', async () => {
    const { ask } = await setUp();
    await ask('PUT', PIN, asked({ weight: 'exclude' }));

    const first = await ask('DELETE', `${PIN}?author=ben&reason=over`);
    const second = await ask('DELETE', PIN);

    expect([first.status, first.body.pin]).toEqual([200, null]);
    expect([second.status, second.body.detail]).toEqual([404, `${TARGET} is not pinned in t2v.default.`]);
    const [, deed] = (await ask('GET', '/v1/audit?limit=2')).body.entries;
    expect(deed).toMatchObject({
      type: 'unpinned',
      author: 'ben',
      reason: 'over',
      before: { weight: 'exclude' },
    });
  });
});

describe('/v1/freeze', () => {
  it('holds one route or all, shows it, and lets them go', async () => {
    const { ask, parts } = await setUp();

    const one = await ask('PUT', '/v1/freeze/t2v.default', { reason: 'migration', author: 'ada' });
    await parts.goOn(1);
    const all = await ask('PUT', '/v1/freeze', { reason: 'night', author: 'ben', for: '1h' });

    expect(one.body).toMatchObject({
      freeze: { route: 't2v.default', until: null, author: 'ada', reason: 'migration' },
      routes: [{ posture: 'frozen', frozen: { by: 'ada', why: 'migration', until: null } }],
    });
    expect(all.body.freeze).toMatchObject({ route: null, until: '2026-12-01T01:00:00.001Z' });
    expect((await ask('GET', '/v1/status')).body.routes[0]).toMatchObject({
      posture: 'frozen',
      frozen: { by: 'ada', why: 'migration', since: '2026-12-01T00:00:00.000Z', until: null },
    });
    expect((await ask('DELETE', '/v1/freeze')).body.routes[0].frozen).toMatchObject({ by: 'ada' });
    expect((await ask('DELETE', '/v1/freeze/t2v.default')).body.routes[0].frozen).toBeNull();
    expect((await ask('GET', '/v1/freeze')).body).toMatchObject({
      freezes: [],
      routes: [{ posture: 'normal' }],
    });
  });

  it.each<[Method, string, object | undefined, number, RegExp]>([
    ['DELETE', '/v1/freeze', undefined, 409, /^No route is frozen.$/],
    ['DELETE', '/v1/freeze/nowhere', undefined, 404, /^No such route/],
    ['PUT', '/v1/freeze/nowhere', { reason: 'x' }, 404, /^No such route/],
    ['PUT', '/v1/freeze', {}, 400, /reason/],
    ['PUT', '/v1/freeze', { reason: 'x', for: '1h', until: '2026-12-01T01:00:00Z' }, 400, /got both/],
    ['PUT', '/v1/freeze', { reason: 'x', for: '367d' }, 400, /at most a year/],
  ])('%s %s refuses %j', async (method, url, body, status, detail) => {
    const { ask } = await setUp();

    const answer = await ask(method, url, body);

    expect([answer.status, answer.type]).toEqual([status, 'application/problem+json; charset=utf-8']);
    expect(answer.body.detail).toMatch(detail);
  });
});

describe('who may', () => {
  const CALLS: [Method, string, object | undefined, needed: 'read' | 'operate'][] = [
    ['PUT', PIN, asked(), 'operate'],
    ['DELETE', PIN, undefined, 'operate'],
    ['PUT', '/v1/freeze', { reason: 'x' }, 'operate'],
    ['DELETE', '/v1/freeze', undefined, 'operate'],
    ['PUT', '/v1/freeze/t2v.default', { reason: 'x' }, 'operate'],
    ['DELETE', '/v1/freeze/t2v.default', undefined, 'operate'],
    ['GET', '/v1/pins', undefined, 'read'],
    ['GET', '/v1/freeze', undefined, 'read'],
    ['GET', '/v1/audit', undefined, 'read'],
  ];

  it.each(CALLS)('%s %s: a token with the scope, and no other', async (method, url, body, needed) => {
    const { ask } = await setUp({ tokens: TOKENS });
    const statusOf = async (token: string | null) => (await ask(method, url, body, token)).status;
    const isRead = needed === 'read';

    expect(await statusOf(null)).toBe(401);
    expect(await statusOf('x'.repeat(20))).toBe(401);
    expect((await statusOf(TOKENS[0]!.token)) === 403).toBe(!isRead);
    expect((await statusOf(TOKENS[1]!.token)) === 403).toBe(!isRead);
    expect([401, 403]).not.toContain(await statusOf(TOKENS[2]!.token));
  });

  it('is asked for by the name of the token where nobody signs', async () => {
    const { ask } = await setUp({ tokens: TOKENS });

    const { body } = await ask('PUT', PIN, asked({ author: undefined }), TOKENS[2]!.token);

    expect(body.pin.author).toBe('oncall');
  });
});

describe('GET /v1/audit', () => {
  it('tells of people, plans and pushes, newest first, in the words of the API', async () => {
    const { ask, parts } = await setUp();
    await ask('PUT', PIN, asked());
    const at = parts.clock.now();
    await parts.store.settlePush('gateway', 't2v.default', 1, { is: 'applied', at });

    const { status, body } = await ask('GET', '/v1/audit');

    expect(status).toBe(200);
    expect(body.entries.map(({ n, type }: { n: number; type: string }) => [n, type])).toEqual([
      [3, 'planned'],
      [2, 'pinned'],
      [1, 'planned'],
    ]);
    expect(body.entries[0]).toMatchObject({
      at: new Date(at).toISOString(),
      route: 't2v.default',
      posture: { before: 'normal', after: 'normal' },
      members: [
        {
          target: TARGET,
          before: 50,
          weight: 80,
          base_weight: 50,
          pinned_by: 'ada',
          line: expect.any(String),
        },
        { target: OTHER, before: 50, weight: 20 },
      ],
    });
    expect(body.entries[1].after.until).toBe('2026-12-01T02:00:00.000Z');
  });

  it('is read on by the number of its last entry, and of one route', async () => {
    const { ask } = await setUp();
    await ask('PUT', PIN, asked());
    const numbers = async (query: string) =>
      (await ask('GET', `/v1/audit${query}`)).body.entries.map(({ n }: { n: number }) => n);

    expect(await numbers('?limit=2')).toEqual([3, 2]);
    expect(await numbers('?limit=2&before=2')).toEqual([1]);
    expect(await numbers('?route=elsewhere')).toEqual([]);
    expect((await ask('GET', '/v1/audit?limit=1001')).status).toBe(400);
  });
});

describe('the status page', () => {
  it('says who pinned and froze, why and until when, beside the weights', async () => {
    const { ask, server } = await setUp();
    await ask('PUT', PIN, asked({ weight: 'exclude' }));
    await ask('PUT', '/v1/freeze', { reason: 'we <b>move</b>', author: 'ben', for: '1h' });

    const page = await pageOf(server);

    expect(page).toContain('Excluded by ada until 02:00 UTC : a demo');
    expect(page).toContain('Frozen by ben since 00:00 UTC : we &lt;b&gt;move&lt;/b&gt;. Until 01:00 UTC .');
  });

  it('says how a freeze ends that no person has made', async () => {
    const { parts, server } = await setUp();
    const freezing = async (by: string) => {
      const plan = parts.board.plan('t2v.default')!;
      const frozen = { since: START, by, why: 'three failed' };
      const generation = parts.board.generation() + 1;
      const plans = [{ ...plan, generation, posture: 'frozen' as const, frozen }];
      parts.board.apply({ state: parts.board.state(TARGET), plans, generation });
      return pageOf(server);
    };

    expect(await freezing('policy')).toContain('three failed. Until fewer are out, or a person lifts it.');
    expect(await freezing('file')).toContain('Frozen by the freeze file since');
    expect(await freezing('file')).toContain('Until the file is removed.');
    expect(await freezing('ada')).toContain('Until it is lifted.');
  });
});
