import { afterEach, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../src/core/base.ts';
import type { TargetState } from '../../src/core/model.ts';
import { statusDocument, type StatusDocument } from '../../src/web/schema.ts';
import type { Server } from '../../src/web/server.ts';
import { targetDetail } from '../../src/web/detail.ts';
import { after } from './beliefs.ts';
import { incidentOf } from './records.ts';
import { createWorld, START, type World } from './world.ts';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

function serve(world: World): Server {
  const server = world.server();
  servers.push(server);
  return server;
}

async function read(server: Server, url = '/v1/status'): Promise<StatusDocument> {
  const answer = await server.inject(url);
  expect(answer.statusCode).toBe(200);
  return statusDocument.parse(answer.json());
}

function targetIn(document: StatusDocument, id: string) {
  const target = document.targets.find((target) => target.id === id);
  if (!target) throw new Error(`${id} is not in the document`);
  return target;
}

const KLING = 'kling/kling-2.5-turbo';
const FAL = 'fal/wan@eu';

it('has the shape that its schema promises, and says who made it', async () => {
  const world = createWorld();
  const document = await read(serve(world));

  expect(document.schema).toBe('reelwatch.status/1');
  expect(document.controller).toBe('rw-test');
  expect([document.epoch, document.generation]).toEqual([7, 1]);
  expect(document.on_expiry).toBe('base_weights');
  expect(document.valid_until).toBe('2026-11-21T12:15:00.000Z');
  expect(document.mode).toBe('enforce');
});

it('lists every configured target at the top, also those in no route', async () => {
  const world = createWorld();
  const document = await read(serve(world));

  expect(document.targets.map(({ id }) => id)).toEqual(world.settings.targets.map(({ target }) => target.id));
  expect(targetIn(document, FAL)).toMatchObject({ weight: 0, routes: [], region: 'eu', model: 'wan' });
  expect(targetIn(document, KLING)).toMatchObject({ weight: 50, routes: ['t2v.default'], provider: 'kling' });
});

it('gives every object of a target id, provider, model, state, weight, since and reason', async () => {
  const document = await read(serve(createWorld()));

  const all: object[] = [...document.targets, ...document.routes.flatMap((route) => route.targets)];
  expect(all).toHaveLength(7);
  for (const target of all)
    for (const field of ['id', 'provider', 'model', 'state', 'weight', 'since', 'reason'])
      expect(target).toHaveProperty(field);
});

it('gives a target that is down no weight, a reason, its incident and the run that shows it', async () => {
  const world = createWorld();
  const incident = incidentOf(KLING, START);
  world.set(KLING, {
    health: 'down',
    reason: { code: 'timeout', text: 'no video after 600 s' },
    incident,
    evidence: incident.evidence,
  });
  const document = await read(serve(world));

  const target = targetIn(document, KLING);
  expect(target).toMatchObject({ state: 'down', health: 'down', weight: 0 });
  expect(target.reason).toEqual({
    code: 'timeout',
    text: 'no video after 600 s',
    evidence: `/v1/runs/${encodeURIComponent(`${KLING}@${START}`)}`,
  });
  expect(target.incident?.first_failure_at).toBe('2026-11-21T11:57:00.000Z');
  const [route] = document.routes;
  expect(route?.targets[0]).toMatchObject({ id: KLING, weight: 0, base_weight: 50, role: 'drain' });
  expect(route?.fallback.at(-1)).toBe(KLING);
});

it('answers 200 even when every provider is down', async () => {
  const world = createWorld();
  for (const id of world.states.keys()) world.set(id, { health: 'down' });
  const document = await read(serve(world));

  expect(document.routes[0]?.posture).toBe('panic');
  expect(document.targets.every(({ state }) => state === 'down')).toBe(true);
});

it('shows blind with the health that lies beneath it, since when and why', async () => {
  const world = createWorld();
  const blind: TargetState['blind'] = {
    cause: 'auth',
    since: START + 5,
    text: 'our key was refused',
    by: 'run',
  };
  world.set(KLING, { health: 'healthy', blind });
  const target = targetIn(await read(serve(world)), KLING);

  expect(target).toMatchObject({ state: 'blind', health: 'healthy', weight: 50 });
  expect(target.since).toBe('2026-11-21T12:00:00.005Z');
  expect(target.reason).toEqual({ code: 'auth', text: 'our key was refused' });
});

it('gives the probability of a fault as it was written: it changes with the generation only', async () => {
  const world = createWorld();
  const server = serve(world);
  const unseen = targetIn(await read(server), KLING).fault;
  world.set(KLING, after(KLING, ['pass', 'fail', 'fail', 'fail', 'fail']));
  const first = await read(server);
  // Time moves belief, and so does a job that does not end: both without a commit.
  world.at.now += 3 * HOUR;
  world.flights.push({ runId: 'r', target: KLING, why: 'slot', startedAt: START, phase: 'queue' });
  const later = await read(server);
  world.set(KLING, after(KLING, ['pass', 'fail', 'fail', 'fail', 'fail', 'pass']));
  const better = await read(server);

  expect(unseen).toBeNull();
  const { fault } = targetIn(first, KLING);
  expect(fault).toBeGreaterThan(0.9);
  expect(String(fault)).toMatch(/^0\.\d{1,3}$/);
  expect([later.generation, targetIn(later, KLING).fault]).toEqual([first.generation, fault]);
  expect(targetIn(better, KLING).fault).toBeLessThan(fault ?? 0);
});

it('says how a model will end', async () => {
  const world = createWorld();
  world.set(KLING, {
    notice: {
      id: 'kling:x',
      kind: 'announced',
      subject: 'x',
      effectiveAt: Date.UTC(2027, 2, 31),
      replacement: 'kling-3.0',
      source: 'changelog',
      url: 'https://example.com',
      firstSeenAt: START,
    },
  });
  const document = await read(serve(world));

  const wanted = { sunset_at: '2027-03-31T00:00:00.000Z', replacement: 'kling-3.0' };
  expect(targetIn(document, KLING).deprecation).toEqual(wanted);
  expect(document.routes[0]?.targets[0]?.deprecation).toEqual(wanted);
});

it('knows the last run of each target and where its picture is', async () => {
  const world = createWorld();
  const server = serve(world);
  const before = targetIn(await read(server), KLING);
  const passed = world.ran(KLING, 'pass');
  const after = targetIn(await read(server), KLING);
  world.at.now += MINUTE;
  world.ran(KLING, 'fail');
  const failed = targetIn(await read(server), KLING);

  expect(before.last_run).toBeNull();
  expect(after.last_run).toEqual({
    id: passed.runId,
    at: '2026-11-21T12:00:00.000Z',
    verdict: 'pass',
    total_ms: 42_000,
    frame_url: `/v1/runs/${encodeURIComponent(passed.runId)}/frame`,
  });
  expect(failed.last_run).toMatchObject({ verdict: 'fail', frame_url: null });
  expect((await server.inject(after.last_run?.frame_url ?? '')).headers['content-type']).toBe('image/jpeg');
});

it('sums up what was observed, and lets it fade when nothing happens', async () => {
  const world = createWorld();
  for (const is of ['pass', 'pass', 'fail', 'inconclusive'] as const) {
    world.at.now += MINUTE;
    world.ran(KLING, is);
  }
  const server = serve(world);
  const seen = (await read(server)).routes[0]?.targets[0]?.observed;
  world.at.now += 7 * HOUR;
  const faded = (await read(server)).routes[0]?.targets[0]?.observed;

  expect(seen).toMatchObject({ n: 3, window_s: 21_600, success_rate: 0.667, usable_rate: 0.667 });
  expect(seen?.cost_per_usable_second_usd).toBeCloseTo(0.3 / 4);
  expect(faded).toMatchObject({ at: null, n: 0, success_rate: null });
});

it('tags the document by epoch and generation, and answers 304 to who has it', async () => {
  const world = createWorld();
  const server = serve(world);
  const first = await server.inject('/v1/status');
  const tag = String(first.headers['etag']);
  const ask = (name: string) => server.inject({ url: '/v1/status', headers: { 'if-none-match': name } });

  expect(tag).toBe('W/"7.1"');
  expect(first.headers['cache-control']).toBe('private, max-age=5, stale-if-error=900');
  expect(first.headers['reelwatch-index']).toBe('7.1');
  for (const name of [tag, '"7.1"', '*', `"else", ${tag}`]) expect((await ask(name)).statusCode).toBe(304);
  world.at.validUntil += MINUTE;
  const again = await ask(tag);
  expect([again.statusCode, again.body]).toEqual([304, '']);
  expect(again.headers['reelwatch-valid-until']).toBe('2026-11-21T12:16:00.000Z');
  expect(again.headers['etag']).toBe(tag);
  world.set(KLING, { health: 'healthy' });
  const changed = await ask(tag);
  expect([changed.statusCode, changed.headers['etag']]).toEqual([200, 'W/"7.2"']);
});

it('lists nothing of a target that can change under the same tag', async () => {
  const world = createWorld();
  const server = serve(world);
  const first = await server.inject('/v1/status');
  world.unpaid.set(KLING, START);
  world.funds.set('kling', { usd: 4.2, daysLeft: 2.4 });
  world.at.now += 2 * MINUTE;
  world.at.validUntil += MINUTE;
  const second = await server.inject('/v1/status');

  expect(second.headers['etag']).toBe(first.headers['etag']);
  expect(second.body).not.toBe(first.body);
  expect(second.json<StatusDocument>().targets).toEqual(first.json<StatusDocument>().targets);
});

it('serves from memory: a hundred polls ask the store once', async () => {
  const world = createWorld();
  world.ran(KLING, 'pass');
  const server = serve(world);
  await Promise.all(Array.from({ length: 100 }, () => read(server)));

  expect(world.asked['runs']).toBe(1);
});

it('asks the store for the runs of many targets in parts, and then only for those whose run ended', async () => {
  const targets = Array.from({ length: 45 }, (_, n) => `acme/m${n}`);
  const world = createWorld(targets);
  for (const target of targets) world.ran(target, 'pass');
  const server = serve(world);
  await read(server);
  expect(world.asked['runs']).toBe(3);

  world.at.now += MINUTE;
  for (const target of targets.slice(0, 30)) world.ran(target, 'pass');
  await read(server);
  expect(world.asked['runs']).toBe(5);
});

it('asks the store only for the target whose run ended', async () => {
  const world = createWorld();
  const server = serve(world);
  await read(server);
  world.ran(KLING, 'pass');
  await read(server);
  await read(server);

  expect(world.asked['runs']).toBe(2);
});

it('answers with what is known while the store is broken, and looks again later', async () => {
  const world = createWorld();
  world.isStoreBroken = true;
  world.ran(KLING, 'pass');
  const server = serve(world);
  const broken = await read(server);
  await read(server);
  const asked = world.asked['runs'];
  world.isStoreBroken = false;
  world.at.now += 6_000;
  const mended = await read(server);

  expect(targetIn(broken, KLING).last_run).toMatchObject({ verdict: 'pass', frame_url: null });
  expect(asked).toBe(1);
  expect(mended.routes[0]?.targets[0]?.observed.n).toBe(1);
  expect(world.lines).toHaveLength(1);
});

it('narrows the routes on request, keeps all targets, and refuses an unknown route', async () => {
  const server = serve(createWorld());
  const one = await read(server, '/v1/status?route=t2v.default');
  const none = await server.inject('/v1/status?route=nope');

  expect([one.routes.length, one.targets.length]).toEqual([1, 4]);
  expect(none.statusCode).toBe(404);
});

it.each([encodeURIComponent(KLING), KLING])('shows one target in detail at /v1/targets/%s', async (id) => {
  const world = createWorld();
  world.ran(KLING, 'pass');
  const answer = await serve(world).inject(`/v1/targets/${id}`);

  const detail = targetDetail.parse(answer.json());
  expect(detail).toMatchObject({ id: KLING, provider: 'kling' });
  expect(detail.runs).toHaveLength(1);
  expect(detail.observed.n).toBe(1);
});
