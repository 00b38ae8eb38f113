import { afterEach, expect, it } from 'vitest';
import { MINUTE } from '../../src/core/base.ts';
import { targetDetail } from '../../src/web/detail.ts';
import type { Server } from '../../src/web/server.ts';
import { after, type Seen } from './beliefs.ts';
import { createWorld, START, type World } from './world.ts';

const KLING = 'kling/kling-2.5-turbo';
const DOWN: Seen[] = ['pass', 'fail', 'fail', 'fail', 'fail'];

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function ask(world: World, target: string) {
  const server = world.server();
  servers.push(server);
  const answer = await server.inject(`/v1/explain?target=${encodeURIComponent(target)}`);
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), server };
}

it('says why a target is believed to be down, and what moved that belief', async () => {
  const world = createWorld();
  world.set(KLING, after(KLING, DOWN));

  const { status, body } = await ask(world, KLING);

  expect(status).toBe(200);
  expect(body).toMatchObject({ target: KLING, state: 'down' });
  expect(body['fault']).toBeGreaterThan(0.9);
  expect(body['sentences']).toContainEqual(
    expect.stringMatching(/^4 of 4 canaries bad since .*answered <503>/),
  );
  expect(body['signs']).toMatchObject([
    { what: 'canary failed', text: 'answered <503>', times: 1 },
    { what: 'canary failed' },
    { what: 'canary failed' },
    { what: 'canary failed' },
    { what: 'canary good' },
  ]);
});

it('counts free checks that say the same, and tells a slow canary from a good one', async () => {
  const world = createWorld();
  world.set(KLING, after(KLING, ['pass', 'slow', 'check fails', 'check fails', 'check fails']));

  const { body } = await ask(world, KLING);

  expect(body['signs']).toMatchObject([
    { what: 'free check failed ×3', times: 3 },
    { what: 'canary slow', times: 1 },
    { what: 'canary good', times: 1 },
  ]);
});

it('does not take the count of the signs that are kept for a count of all', async () => {
  const world = createWorld();
  const often = Array.from({ length: 9 }, (): Seen[] => ['fail', 'check fails']).flat();
  world.set(KLING, after(KLING, ['pass', ...often]));

  const { body } = await ask(world, KLING);

  expect(body['sentences']).toContainEqual('9 of 9 canaries bad since 11:42 UTC (answered <503>)');
});

it('weighs in the jobs that run now, once it is known how long one takes', async () => {
  const world = createWorld();
  world.at.now = START + 30 * MINUTE;
  for (const phase of ['queue', 'generate'] as const)
    world.flights.push({ runId: phase, target: KLING, why: 'slot', startedAt: START, phase });
  world.set(KLING, after(KLING, ['pass']));
  const late = (await ask(world, KLING)).body;
  world.set(KLING, after(KLING, ['check fails']));
  const unseen = (await ask(world, KLING)).body;

  expect(late['sentences']).toContainEqual(
    expect.stringMatching(/^2 jobs overdue, up to x30\.0 the usual 60 s/),
  );
  expect(Number(late['fault'])).toBeGreaterThan(0.5);
  expect(unseen['sentences']).not.toContainEqual(expect.stringContaining('overdue'));
});

it('says the same in the detail of the target', async () => {
  const world = createWorld();
  world.set(KLING, after(KLING, DOWN));
  const { body, server } = await ask(world, KLING);

  const answer = await server.inject(`/v1/targets/${encodeURIComponent(KLING)}`);
  const { target: _target, state: _state, ...why } = body;
  expect(targetDetail.parse(answer.json()).why).toEqual(why);
});

it('says that nothing has been seen yet', async () => {
  const { status, body, server } = await ask(createWorld(), KLING);

  expect(status).toBe(200);
  expect(body).toMatchObject({ fault: 0, sentences: ['nothing has been seen of it yet'], signs: [] });
  const detail = await server.inject(`/v1/targets/${encodeURIComponent(KLING)}`);
  expect(detail.json()).toMatchObject({ why: null, fault: null });
});

it('knows only targets that are configured', async () => {
  expect((await ask(createWorld(), 'nobody/none')).status).toBe(404);
});
