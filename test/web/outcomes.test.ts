import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { CAUSES } from '../../src/core/model.ts';
import { OUTCOMES } from '../../src/core/outcomes.ts';
import { jobSchema, NAME_CHARACTERS_MAX, readJob, TARGET_CHARACTERS_MAX } from '../../src/web/job.ts';
import { LINES_MAX, REASONS_MAX } from '../../src/web/lines.ts';
import { BATCHES_MAX, OUTCOME_BYTES_MAX } from '../../src/web/routes/outcomes.ts';
import type { Server } from '../../src/web/server.ts';
import { createWorld, LOCAL, TARGETS, type World } from './world.ts';

const AUTHORIZED = { authorization: `Bearer ${LOCAL.token}` };

const [KLING = ''] = TARGETS;
const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

function setUp(): { world: World; post: typeof post } {
  const world = createWorld();
  const server = world.server();
  servers.push(server);
  function post(body: unknown, more: { type?: string; headers?: Record<string, string> } = {}) {
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    return server.inject({
      method: 'POST',
      url: '/v1/outcomes',
      headers: { ...AUTHORIZED, 'content-type': more.type ?? 'application/json', ...more.headers },
      payload,
    });
  }
  return { world, post };
}

const job = (more: object = {}) => ({ target: KLING, outcome: 'ok', ...more });

describe('a report of outcomes', () => {
  it('may be one object, an array, or one object a line', async () => {
    const { world, post } = setUp();
    const answers = [
      await post(job({ job: 'a' })),
      await post([job({ job: 'b' }), job({ job: 'c', outcome: 'failed', cause: 'overloaded' })]),
      await post(`${JSON.stringify(job({ job: 'd' }))}\n${JSON.stringify(job({ job: 'e' }))}\n`, {
        type: 'application/x-ndjson',
      }),
    ];

    expect(answers.map((answer) => [answer.statusCode, answer.json()])).toEqual([
      [200, { accepted: 1, refused: [], refused_count: 0 }],
      [200, { accepted: 2, refused: [], refused_count: 0 }],
      [200, { accepted: 2, refused: [], refused_count: 0 }],
    ]);
    expect(world.told.map(({ job }) => job)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(world.told.every(({ sender }) => sender === 'local')).toBe(true);
  });

  it('loses no good line by a bad one, and says of each bad one what is wrong', async () => {
    const { world, post } = setUp();
    const lines = [
      JSON.stringify(job()),
      '{"target":',
      '',
      JSON.stringify(job({ outcome: 'splendid' })),
      JSON.stringify(job({ outcome: 'failed', cause: 'gremlins' })),
      JSON.stringify(job({ latency_ms: -1 })),
      JSON.stringify(job({ latencyMs: 5 })),
      JSON.stringify(job({ at: '2026-11-21T12:00:00' })),
      JSON.stringify(job()),
    ].join('\n');
    const answer = await post(lines, { type: 'application/jsonl' });

    expect(answer.statusCode).toBe(207);
    expect(answer.json()).toEqual({
      accepted: 2,
      refused: [
        { line: 2, reason: 'not JSON' },
        { line: 3, reason: 'not JSON' },
        { line: 4, reason: 'outcome: expected one of ok, failed, refused, bad_output, timeout' },
        { line: 5, reason: 'cause: expected one of the known causes' },
        { line: 6, reason: 'latency_ms: expected 0 to 86400000' },
        { line: 7, reason: 'unknown field latencyMs' },
        { line: 8, reason: 'at: expected an RFC 3339 instant with its zone, or ms since 1970' },
      ],
      refused_count: 7,
    });
    expect(world.told).toHaveLength(2);
  });

  it('passes on why the daemon refuses a line', async () => {
    const { world, post } = setUp();
    world.outcomes = {
      ...world.outcomes,
      open: () => ({
        take: () => ({ code: 'duplicate', reason: 'this job was reported before' }),
        spoilt: () => {},
        close: () => {},
      }),
    };
    const server = world.server();
    servers.push(server);
    const answer = await server.inject({
      method: 'POST',
      url: '/v1/outcomes',
      headers: AUTHORIZED,
      payload: job(),
    });
    expect((await post(job())).statusCode).toBe(200);

    expect([answer.statusCode, answer.json().refused]).toEqual([
      207,
      [{ line: 1, reason: 'this job was reported before' }],
    ]);
  });

  it(`names the first ${REASONS_MAX} refused lines, and counts all`, async () => {
    const { post } = setUp();
    const answer = await post(Array.from({ length: 300 }, () => job({ outcome: 'no' })));

    expect(answer.json().refused).toHaveLength(REASONS_MAX);
    expect(answer.json()).toMatchObject({ accepted: 0, refused_count: 300 });
  });

  it.each([
    ['no JSON', '{', 'application/json', 400],
    ['neither object nor array', '"ok"', 'application/json', 400],
    ['more lines than a batch holds', `[${'0,'.repeat(LINES_MAX)}0]`, 'application/json', 413],
    ['more bytes than a batch holds', ' '.repeat(OUTCOME_BYTES_MAX + 1), 'application/json', 413],
    ['a type that no report has', 'ok', 'text/plain', 415],
  ])('is a problem where it is %s', async (_, body, type, status) => {
    const { world, post } = setUp();
    const answer = await post(body, { type });

    expect([answer.statusCode, answer.headers['content-type']]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    expect(world.told).toEqual([]);
  });

  it('takes as many lines as a batch holds', async () => {
    const { post } = setUp();
    const answer = await post(Array.from({ length: LINES_MAX }, () => job()));

    expect([answer.statusCode, answer.json().accepted]).toEqual([200, LINES_MAX]);
  });

  it('needs a token, wherever it comes from', async () => {
    const { world, post } = setUp();

    expect((await post(job(), { headers: { authorization: '' } })).statusCode).toBe(401);
    expect((await post(job())).statusCode).toBe(200);
    expect(world.told).toHaveLength(1);
  });

  it('is sent back with 429 and when to come again, before its body is read, where more comes than is taken', async () => {
    const { world, post } = setUp();
    world.outcomes.waitMs = () => 2_400;
    const busy = await post('{ not even JSON');
    world.outcomes.waitMs = () => 0;
    const free = await post(job());

    expect([busy.statusCode, busy.headers['retry-after'], free.statusCode]).toEqual([429, '3', 200]);
  });

  it('is sent back where as many batches are in hand as may be', async () => {
    const { world } = setUp();
    let goOn = () => {};
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    // What takes in waits for its turn.
    world.clock.sleep = () => gate;
    const slow = world.server();
    servers.push(slow);
    const payload = Array.from({ length: 1_000 }, () => job());
    const post = () => slow.inject({ method: 'POST', url: '/v1/outcomes', headers: AUTHORIZED, payload });
    const held = Array.from({ length: BATCHES_MAX }, post);
    // Until all bodies are read.
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    const refused = await post();
    goOn();

    expect(refused.headers['retry-after']).toBe('1');
    expect((await Promise.all(held)).map(({ statusCode }) => statusCode)).toEqual(held.map(() => 200));
    expect((await post()).statusCode).toBe(200);
  });

  it('stands in the documentation with all of its fields', async () => {
    const { world } = setUp();
    const server = world.server();
    servers.push(server);
    const { paths } = (await server.inject('/docs/json')).json();
    const text = JSON.stringify(paths['/v1/outcomes'].post.requestBody);

    for (const field of Object.keys(jobSchema.shape)) expect(text).toContain(`"${field}"`);
  });
});

describe('a line read by hand', () => {
  const moments = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      undefined,
      0,
      -1,
      1.5,
      8.64e15,
      8.64e15 + 1,
      9e15,
      '2026-11-21T12:00:00Z',
      '2026-11-21T12:00:00.123+02:00',
      '2026-11-21T12:00:00',
      '2026-13-45T99:00:00Z',
      '1960-01-01T00:00:00Z',
      'now',
      '',
    ),
    fc.integer(),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  );
  const names = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      undefined,
      '',
      7,
      'x'.repeat(NAME_CHARACTERS_MAX),
      'x'.repeat(NAME_CHARACTERS_MAX + 1),
      'x'.repeat(TARGET_CHARACTERS_MAX),
      'x'.repeat(TARGET_CHARACTERS_MAX + 1),
      '💡'.repeat(NAME_CHARACTERS_MAX),
      '💡'.repeat(NAME_CHARACTERS_MAX) + '.',
    ),
    fc.string(),
  );
  const lines = fc.oneof(
    fc.record(
      {
        target: names,
        outcome: fc.oneof(fc.constantFrom<unknown>(...OUTCOMES, 'fine', null), fc.string()),
        cause: fc.oneof(fc.constantFrom<unknown>(...CAUSES, 'slow', null, undefined, '')),
        latency_ms: fc.oneof(
          fc.constantFrom<unknown>(null, undefined, 0, -0.001, 86_400_000, 86_400_001, '5', true),
          fc.double(),
        ),
        submitted_at: moments,
        at: moments,
        job: names,
        reporter: names,
        extra: fc.constant(1),
      },
      { requiredKeys: ['target', 'outcome'] },
    ),
    // Most of it right, so that what is taken is compared too.
    fc.record(
      {
        target: fc.constantFrom('a/b', 'c/d'),
        outcome: fc.constantFrom(...OUTCOMES),
        cause: fc.constantFrom(...CAUSES, null),
        latency_ms: fc.double({ min: 0, max: 86_400_000, noNaN: true }),
        submitted_at: moments,
        at: fc.constantFrom('2026-11-21T12:00:00Z', 1_763_000_000_000),
        job: fc.string({ minLength: 1, maxLength: 10 }),
        reporter: fc.string({ minLength: 1, maxLength: 10 }),
      },
      { requiredKeys: ['target', 'outcome'] },
    ),
    fc.anything(),
  );

  it('is the line that the documented schema takes, and no other', () => {
    const counts = { taken: 0, refused: 0 };
    const property = fc.property(lines, (value) => {
      const read = readJob(value);
      const isRead = typeof read !== 'string';
      counts[isRead ? 'taken' : 'refused'] += 1;
      expect(isRead).toBe(jobSchema.safeParse(value).success);
      expect(typeof read === 'string' ? read.length : 0).toBeLessThan(200);
    });

    fc.assert(property, { numRuns: 5_000 });
    expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(500);
  });

  it('gives back what stands in it', () => {
    expect(
      readJob({
        target: KLING,
        outcome: 'refused',
        cause: 'moderated',
        latency_ms: 1200.5,
        submitted_at: '2026-11-21T12:00:00+01:00',
        at: 1_763_722_860_000,
        job: 'j-1',
        reporter: 'u-1',
      }),
    ).toEqual({
      target: KLING,
      outcome: 'refused',
      cause: 'moderated',
      latencyMs: 1200.5,
      submittedAt: Date.parse('2026-11-21T11:00:00Z'),
      at: 1_763_722_860_000,
      job: 'j-1',
      reporter: 'u-1',
    });
  });
});
