import { afterEach, expect, it } from 'vitest';
import { HOUR } from '../../src/core/base.ts';
import { SHOWN_STATES } from '../../src/core/model.ts';
import { EFFECT_TYPES } from '../../src/core/effect.ts';
import type { TargetEffect } from '../../src/core/effect.ts';
import { METRIC_NAMES } from '../../src/web/figures.ts';
import { after } from './beliefs.ts';
import { type Family, families, labelKey } from './exposition.ts';
import { traceOf, verdictOf } from './records.ts';
import { createWorld, START, type World } from './world.ts';

const KLING = 'kling/kling-2.5-turbo';
const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.metrics.close()));

function makeWorld(): World {
  const world = createWorld();
  world.metrics.attach(world);
  worlds.push(world);
  return world;
}

async function read({ metrics }: World): Promise<Family[]> {
  return families((await metrics.render()).body);
}

function value(all: Family[], name: string, labels: Record<string, string> = {}): number | undefined {
  const wanted = labelKey(labels);
  return all
    .flatMap((family) => family.samples)
    .find((sample) => sample.name === name && labelKey(sample.labels) === wanted)?.value;
}

it('exposes exactly the metrics that it names', async () => {
  const all = await read(makeWorld());

  expect(all.map(({ name }) => name).sort()).toEqual([...METRIC_NAMES].sort());
});

it('is served at /metrics in the text format', async () => {
  const server = makeWorld().server();
  const answer = await server.inject('/metrics');
  await server.close();

  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(families(answer.body).length).toBe(METRIC_NAMES.length);
});

it('starts with zeros for every series that is known beforehand', async () => {
  const world = makeWorld();
  const all = await read(world);

  for (const { target } of world.settings.targets) {
    for (const verdict of ['pass', 'slow'])
      expect(value(all, 'reelwatch_runs_total', { target: target.id, verdict, cause: 'none' })).toBe(0);
    expect(value(all, 'reelwatch_runs_in_flight', { target: target.id })).toBe(0);
  }
  for (const type of EFFECT_TYPES) expect(value(all, 'reelwatch_effects_total', { type })).toBe(0);
  expect(value(all, 'reelwatch_deliveries_total', { channel: 'slack', outcome: 'dead' })).toBe(0);
  for (const outcome of ['applied', 'behind', 'retry', 'stopped'])
    expect(value(all, 'reelwatch_pushes_total', { sink: 'haproxy', outcome })).toBe(0);
});

it('counts runs by verdict and cause, with their time and money', async () => {
  const world = makeWorld();
  const { metrics } = world;
  const trace = traceOf('r', KLING, START, START + 42_000);
  metrics.runEnded({ target: KLING, trace, verdict: verdictOf('pass') });
  metrics.runEnded({
    target: KLING,
    trace: traceOf('r', KLING, START, START + 600_000, false),
    verdict: verdictOf('fail'),
  });
  metrics.runEnded({ target: KLING, trace: { ...trace, isResumed: true }, verdict: verdictOf('pass') });
  metrics.runSkipped({ target: KLING, why: 'over_budget' });
  const all = await read(world);

  expect(value(all, 'reelwatch_runs_total', { target: KLING, verdict: 'pass', cause: 'none' })).toBe(2);
  expect(value(all, 'reelwatch_runs_total', { target: KLING, verdict: 'fail', cause: 'timeout' })).toBe(1);
  expect(value(all, 'reelwatch_run_cost_dollars_total', { target: KLING })).toBeCloseTo(0.3);
  expect(value(all, 'reelwatch_run_seconds_count', { target: KLING })).toBe(1);
  expect(value(all, 'reelwatch_run_seconds_sum', { target: KLING })).toBeCloseTo(39.5);
  expect(value(all, 'reelwatch_run_phase_seconds_count', { target: KLING, phase: 'generate' })).toBe(2);
  expect(
    value(all, 'reelwatch_run_phase_seconds_bucket', { target: KLING, phase: 'generate', le: '30' }),
  ).toBe(1);
  expect(value(all, 'reelwatch_runs_skipped_total', { target: KLING, why: 'over_budget' })).toBe(1);
});

it('counts checks and keeps the balance they told', async () => {
  const world = makeWorld();
  const check = { target: KLING, tookMs: 200 };
  world.metrics.checked({ ...check, verdict: verdictOf('pass'), balanceUsd: 12.5 });
  world.metrics.checked({ ...check, verdict: verdictOf('fail'), balanceUsd: null });
  const all = await read(world);

  expect(value(all, 'reelwatch_checks_total', { target: KLING, verdict: 'pass', cause: 'none' })).toBe(1);
  expect(value(all, 'reelwatch_checks_total', { target: KLING, verdict: 'fail', cause: 'timeout' })).toBe(1);
  expect(value(all, 'reelwatch_check_seconds_bucket', { target: KLING, le: '0.25' })).toBe(2);
  expect(value(all, 'reelwatch_provider_balance_dollars', { provider: 'kling' })).toBe(12.5);
});

it('counts what had to be told, and how telling went', async () => {
  const world = makeWorld();
  const effects = [{ type: 'incident.opened' }, { type: 'incident.closed' }] as TargetEffect[];
  const event = { type: 'day.began', at: START } as const;
  const state = world.states.get(KLING);
  if (!state) throw new Error('no state');
  world.metrics.committed({ target: KLING, event, effects, state });
  world.metrics.delivered({ channel: 'slack', outcome: 'retry', tookMs: 300 });
  world.metrics.pushed({ sink: 'haproxy', outcome: 'applied', tookMs: 5 });
  const all = await read(world);

  expect(value(all, 'reelwatch_effects_total', { type: 'incident.opened' })).toBe(1);
  expect(value(all, 'reelwatch_deliveries_total', { channel: 'slack', outcome: 'retry' })).toBe(1);
  expect(value(all, 'reelwatch_delivery_seconds_count', { channel: 'slack' })).toBe(1);
  expect(value(all, 'reelwatch_pushes_total', { sink: 'haproxy', outcome: 'applied' })).toBe(1);
});

it('shows exactly one state of each target, blind over health, and since when', async () => {
  const world = makeWorld();
  const blind = { cause: 'auth', since: START + 60_000, text: '', by: 'run' } as const;
  world.set(KLING, { health: 'healthy', blind });
  const all = await read(world);

  const shown = SHOWN_STATES.filter(
    (state) => value(all, 'reelwatch_target_state', { target: KLING, state }) === 1,
  );
  expect(shown).toEqual(['blind']);
  const since = value(all, 'reelwatch_target_since_timestamp_seconds', { target: KLING });
  expect(since).toBe(START / 1000 + 60);
});

it('shows the probability of a fault as of now, and nothing where nothing is believed', async () => {
  const world = makeWorld();
  world.set(KLING, after(KLING, ['pass', 'fail', 'fail', 'fail', 'fail']));
  const name = 'reelwatch_target_fault_probability';
  const first = value(await read(world), name, { target: KLING });
  world.at.now += 12 * HOUR;
  const later = await read(world);

  expect(first).toBeGreaterThan(0.9);
  expect(first).toBeLessThan(1);
  expect(value(later, name, { target: KLING })).toBeLessThan(first ?? 0);
  expect(value(later, name, { target: 'runway/gen4.5' })).toBeUndefined();
});

it('reads gauges at the moment of the scrape', async () => {
  const world = makeWorld();
  world.set('runway/gen4.5', { health: 'down' });
  world.flights.push({ runId: 'r', target: KLING, why: 'slot', startedAt: START, phase: 'queue' });
  world.spent = { kling: 1.25 };
  world.outbox = [{ channel: 'slack', due: 3, dead: 1 }];
  world.pushes = [
    {
      sink: 'haproxy',
      route: 't2v.default',
      desired: 9,
      applied: null,
      state: 'due',
      error: null,
      drift: null,
    },
    {
      sink: 'edge',
      route: 't2v.default',
      desired: 9,
      applied: 9,
      state: 'applied',
      error: null,
      drift: { since: START, lastAt: START, times: 1, sames: 0 },
    },
  ];
  const all = await read(world);

  const route = 't2v.default';
  expect(value(all, 'reelwatch_runs_in_flight', { target: KLING })).toBe(1);
  expect(value(all, 'reelwatch_route_weight', { route, target: 'runway/gen4.5' })).toBe(0);
  expect(value(all, 'reelwatch_route_weight', { route, target: KLING })).toBe(71);
  expect(value(all, 'reelwatch_route_posture', { route, posture: 'normal' })).toBe(1);
  expect(value(all, 'reelwatch_route_posture', { route, posture: 'panic' })).toBe(0);
  expect(value(all, 'reelwatch_plan_generation')).toBe(2);
  expect(value(all, 'reelwatch_budget_dollars', { provider: 'kling' })).toBe(5);
  expect(value(all, 'reelwatch_budget_spent_dollars', { provider: 'kling' })).toBe(1.25);
  expect(value(all, 'reelwatch_budget_spent_dollars', { provider: 'luma' })).toBe(0);
  expect(value(all, 'reelwatch_outbox_entries', { channel: 'slack', state: 'dead' })).toBe(1);
  expect(value(all, 'reelwatch_push_generation_lag', { sink: 'haproxy', route })).toBe(9);
  expect(value(all, 'reelwatch_router_drifted', { sink: 'haproxy', route })).toBe(0);
  expect(value(all, 'reelwatch_router_drifted', { sink: 'edge', route })).toBe(1);
  expect(value(all, 'reelwatch_last_tick_timestamp_seconds')).toBe(START / 1000);
});

it('leaves out what the store cannot tell, and tells the rest', async () => {
  const world = makeWorld();
  world.isStoreBroken = true;
  const all = await read(world);

  expect(value(all, 'reelwatch_outbox_entries', { channel: 'slack', state: 'due' })).toBeUndefined();
  expect(value(all, 'reelwatch_plan_generation')).toBe(1);
});

it('can be scraped before there is a daemon, and by two at once', async () => {
  const world = createWorld();
  worlds.push(world);
  const early = await read(world);
  world.metrics.attach(world);
  const [one, two] = await Promise.all([read(world), read(world)]);

  expect(early.find(({ name }) => name === 'reelwatch_target_state')?.samples).toEqual([]);
  expect(one).toEqual(two);
});

it('tells about the process itself', async () => {
  const all = await read(makeWorld());

  expect(value(all, 'process_resident_memory_bytes')).toBeGreaterThan(10e6);
  expect(value(all, 'process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(value(all, 'process_start_time_seconds')).toBeGreaterThan(1.7e9);
  expect(value(all, 'reelwatch_event_loop_lag_seconds', { quantile: '0.99' })).toBeGreaterThanOrEqual(0);
  expect(value(all, 'reelwatch_build_info', { version: '0.1.0-test', node: process.version })).toBe(1);
});

it('counts the rows of the store that were set aside, from 0', async () => {
  const world = makeWorld();
  const name = 'reelwatch_store_bad_rows_total';
  expect(value(await read(world), name, { table: 'outbox' })).toBe(0);

  world.metrics.badRow({ table: 'outbox' });

  expect(value(await read(world), name, { table: 'outbox' })).toBe(1);
});
