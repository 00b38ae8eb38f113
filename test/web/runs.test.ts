import { assert, asyncProperty, string } from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MINUTE } from '../../src/core/base.ts';
import type { Story } from '../../src/core/effect.ts';
import { ID_CHARACTERS_MAX } from '../../src/web/routes/ids.ts';
import { RUNS_LIMIT_MAX } from '../../src/web/routes/runs.ts';
import { problem } from '../../src/web/schema.ts';
import type { Server } from '../../src/web/server.ts';
import { outbox, run, runDetail } from '../../src/web/shapes.ts';
import { createWorld, PIXEL_JPEG, START } from './world.ts';

const KLING = 'kling/kling-2.5-turbo';
const world = createWorld();
let server: Server;
const good = world.ran(KLING, 'pass');
world.at.now += MINUTE;
const bad = world.ran(KLING, 'fail');
const other = world.ran('fal/wan@eu', 'pass');

beforeAll(() => {
  server = world.server();
});
afterAll(() => server.close());

it('lists the newest runs first, of one target or of each', async () => {
  const all = await server.inject('/v1/runs');
  const one = await server.inject(`/v1/runs?target=${encodeURIComponent(KLING)}&limit=1`);

  const ids = (body: { runs: unknown[] }) => body.runs.map((shape) => run.parse(shape).id);
  expect(ids(all.json()).sort()).toEqual([good.runId, bad.runId, other.runId].sort());
  expect(ids(one.json())).toEqual([bad.runId]);
});

interface Page {
  runs: { target: string }[];
  next: string | null;
}

it('gives no more than a thousand runs in one answer, and says where the next begins', async () => {
  const targets = Array.from({ length: 12 }, (_, n) => `acme/m${n}`);
  const many = createWorld(targets);
  for (const target of targets)
    for (let n = 0; n < 210; n++) many.ran(target, 'pass', { startedAt: START + n });
  const crowded = many.server();
  const pages: string[][] = [];
  for (let url: string | null = '/v1/runs?limit=200'; url !== null && pages.length < 9;) {
    const { runs, next }: Page = (await crowded.inject(url)).json();
    expect(runs.length).toBeLessThanOrEqual(1_000);
    pages.push([...new Set(runs.map((shape) => shape.target))].sort());
    url = next ?? null;
  }
  await crowded.close();

  expect(pages.map((page) => page.length)).toEqual([5, 5, 2]);
  expect(pages.flat().sort()).toEqual(targets.toSorted());
});

it('refuses to go on from a target that is none', async () => {
  expect((await server.inject('/v1/runs?after=nobody%2Fnothing')).statusCode).toBe(404);
});

it.each([
  ['encoded', encodeURIComponent(bad.runId)],
  ['spelled out', bad.runId],
])('tells everything about a run whose id is %s', async (_name, id) => {
  const answer = await server.inject(`/v1/runs/${id}`);

  const detail = runDetail.parse(answer.json());
  expect(detail.verdict).toMatchObject({ is: 'fail', cause: 'timeout', blame: 'provider' });
  expect(detail.trace?.failure).toMatchObject({ http_status: 504, code: 'TIMEOUT', phase: 'generate' });
  expect(detail.links.page).toBe(`/runs/${encodeURIComponent(bad.runId)}`);
});

it.each([
  ['encoded', encodeURIComponent(good.runId)],
  ['spelled out', good.runId],
])('sends the picture of a run whose id is %s', async (_name, id) => {
  const answer = await server.inject(`/v1/runs/${id}/frame`);

  expect(answer.headers['content-type']).toBe('image/jpeg');
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  expect(answer.rawPayload.equals(PIXEL_JPEG)).toBe(true);
});

it('shows a run in flight without a verdict', async () => {
  const open = { ...good, runId: `${KLING}@1`, endedAt: null, verdict: null, trace: null, hasFrame: false };
  world.runs.push(open);
  const detail = runDetail.parse((await server.inject(`/v1/runs/${encodeURIComponent(open.runId)}`)).json());
  world.runs.pop();

  expect([detail.verdict, detail.ended_at, detail.trace, detail.links.frame]).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

it('shows what waits in the outbox, and what was given up and why', async () => {
  world.outbox = [{ channel: 'slack', due: 2, dead: 1 }];
  world.pushes = [
    {
      sink: 'haproxy',
      route: 't2v.default',
      desired: 9,
      applied: 7,
      state: 'retry',
      error: 'connect refused',
      drift: { since: START, lastAt: START + 60_000, times: 3, sames: 1 },
    },
  ];
  const story = { effect: { type: 'incident.opened' } } as Story;
  world.dead = [
    {
      key: 'k',
      channel: 'slack',
      target: KLING,
      story,
      createdAt: START,
      attempts: 9,
      error: 'no_such_channel',
    },
  ];
  const body = outbox.parse((await server.inject('/v1/outbox')).json());

  expect(body.depth).toBe(2);
  expect(body.dead[0]).toMatchObject({ type: 'incident.opened', why: 'no_such_channel', attempts: 9 });
  expect(body.pushes[0]).toMatchObject({ sink: 'haproxy', desired: 9, applied: 7, why: 'connect refused' });
  expect(body.pushes[0]?.drift).toMatchObject({ times: 3, last_at: new Date(START + 60_000).toISOString() });
});

const PROBLEMS: [url: string, status: number, says: RegExp][] = [
  ['/v1/runs?limit=0', 400, /limit/],
  [`/v1/runs?limit=${RUNS_LIMIT_MAX + 1}`, 400, /200/],
  ['/v1/runs?limit=ten', 400, /limit.*number/i],
  ['/v1/runs?limit=1.5', 400, /limit/],
  ['/v1/runs?limit=1&limit=2', 400, /limit/],
  ['/v1/runs?target=', 400, /Expected an id/],
  ['/v1/runs?target=nobody/nothing', 404, /No target/],
  ['/v1/runs/nobody%2Fnothing@1', 404, /No run/],
  ['/v1/runs/nobody%2Fnothing@1/frame', 404, /no picture/],
  [`/v1/runs/${encodeURIComponent(bad.runId)}/frame`, 404, /no picture/],
  ['/v1/runs/a%00b', 400, /control characters/],
  [`/v1/runs/${'x'.repeat(ID_CHARACTERS_MAX + 1)}`, 400, /at most 400 characters/],
  [`/v1/targets/${'%F0%9F%98%80'.repeat(ID_CHARACTERS_MAX + 1)}`, 400, /at most 400/],
  ['/v1/targets/none', 404, /No target/],
  ['/v1/status?route=', 400, /route/],
  ['/v1/runs/%zz', 400, /understood/],
  ['/nothing', 404, /nothing at this address/],
  [`/${'x'.repeat(9_000)}`, 414, /longer/],
];

it.each(PROBLEMS)('answers %.60s with a problem (%i)', async (url, status, says) => {
  const answer = await server.inject(url);

  expect(answer.statusCode).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  const body = problem.parse(answer.json());
  expect(body.status).toBe(status);
  expect(body.detail).toMatch(says);
});

it.each([
  ['POST', '/v1/status', 'GET, HEAD'],
  ['DELETE', '/v1/runs/x', 'GET, HEAD'],
  ['PUT', '/', 'GET, HEAD'],
] as const)('answers %s %s with 405 and what is allowed', async (method, url, allow) => {
  const answer = await server.inject({ method, url });

  expect([answer.statusCode, answer.headers['allow']]).toEqual([405, allow]);
  expect(problem.parse(answer.json()).detail).toContain(method);
});

it('says nothing about its insides when something breaks', async () => {
  world.isStoreBroken = true;
  const answer = await server.inject('/v1/outbox');
  world.isStoreBroken = false;

  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toMatch(/disk|secret/);
  expect(world.lines.at(-1)).toMatchObject({ message: 'request failed' });
});

it('answers any id and any limit with 200, 400, 404 or 414, never with 500', async () => {
  const answersWell = async (url: string) => {
    const { statusCode } = await server.inject(url);
    expect([200, 400, 404, 414]).toContain(statusCode);
  };
  await assert(
    asyncProperty(string({ unit: 'binary', maxLength: 60 }), string(), async (id, limit) => {
      const word = encodeURIComponent(id.toWellFormed());
      const number = encodeURIComponent(limit.toWellFormed());
      for (const url of [
        `/v1/runs/${word}`,
        `/v1/runs/${word}/frame`,
        `/v1/targets/${word}`,
        `/runs/${word}`,
        `/v1/runs?target=${word}`,
        `/v1/runs?limit=${number}`,
        `/v1/status?route=${word}`,
      ])
        await answersWell(url);
    }),
    { numRuns: 25 },
  );
});
