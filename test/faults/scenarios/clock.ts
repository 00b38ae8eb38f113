import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../../e2e/process.ts';
import type { Check, Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

const HOUR_MS = 3_600_000;
const PROVIDERS = ['runway', 'kling', 'fal', 'luma'] as const;
/** Slower than everything that has an interval of a second here. */
const WATCH_MS = 10_000;

export const clockBack: Scenario = {
  name: 'clock-back',
  title: 'the wall clock steps back by an hour',
  world: { providers: PROVIDERS },
  run: async (world, check, isLong) => {
    await world.begin();
    const before = await world.healthy();
    world.setClock(-HOUR_MS);
    await wait(1_000);
    const at = await countsOf(world);
    await wait(isLong ? 6 * WATCH_MS : WATCH_MS);
    const later = await countsOf(world);

    check(later.canaries > at.canaries, 'canaries go on', [at.canaries, later.canaries]);
    check(later.checks > at.checks, 'health checks go on', [at.checks, later.checks]);
    await keepsCalm(world, check, before.targets.length);
  },
};

export const clockForward: Scenario = {
  name: 'clock-forward',
  title: 'the wall clock steps forward by two days, with jobs in flight',
  world: { providers: PROVIDERS, speed: 15 },
  run: async (world, check, isLong) => {
    await world.begin();
    const before = await world.healthy();
    const pace = await ordersIn(world, 3_000);
    const weights = weightsOf(before);
    world.setClock(48 * HOUR_MS);
    const slowest = await slowestAnswer(world, 3_000);
    const caughtUp = await ordersIn(world, 3_000);
    await wait(isLong ? 6 * WATCH_MS : WATCH_MS);

    check(slowest < 3_000, 'the server goes on answering', `${Math.round(slowest)} ms`);
    check(caughtUp <= 2 * pace + PROVIDERS.length, 'missed canaries are not made up for in a burst', [
      pace,
      caughtUp,
    ]);
    await keepsCalm(world, check, before.targets.length);
    const after = weightsOf(await world.status());
    check(after === weights, 'no weight moves', [weights, after]);
  },
};

export const pause: Scenario = {
  name: 'pause',
  title: 'the process stands still (SIGSTOP), with jobs in flight',
  world: { providers: PROVIDERS, speed: 50 },
  run: async (world, check, isLong) => {
    const daemon = await world.begin();
    const before = await world.healthy();
    const weights = weightsOf(before);
    // Slow answers, so that calls are under way when it stops; it stops for longer than a call may take.
    world.intercept(async () => wait(500, null));
    await wait(3_000);
    daemon.kill('SIGSTOP');
    await wait(isLong ? 300_000 : 40_000);
    daemon.kill('SIGCONT');
    const lowest = await lowestWeight(world, WATCH_MS);

    await keepsCalm(world, check, before.targets.length);
    check(lowest > 0, 'no weight falls to 0', lowest);
    const after = await until(
      async () => (weightsOf(await world.status()) === weights ? weights : null),
      60_000,
    ).catch(async () => weightsOf(await world.status()));
    check(after === weights, 'every weight is as before', [weights, after]);
  },
};

/** No incident, no message, and every target seen as healthy again. */
async function keepsCalm(world: World, check: Check, targets: number): Promise<void> {
  const { targets: now } = await world.status();
  const incidents = now.filter(({ incident }) => incident !== null).map(({ id }) => id);
  check(incidents.length === 0, 'nothing is blamed on a provider', incidents);
  const blaming = world.messages().filter(({ text }) => /🔴|🟠|down|degraded/i.test(text));
  check(blaming.length === 0, 'no message is sent about a provider', blaming);
  const healthy = await world.healthy(30_000).catch(() => null);
  check(
    healthy?.targets.length === targets,
    'every target is healthy afterwards',
    now.map(({ id, state }) => [id, state]),
  );
}

async function countsOf({ url, simulator }: World): Promise<{ canaries: number; checks: number }> {
  const counters = simulator.simulator.counters();
  const canaries = PROVIDERS.reduce((sum, name) => sum + counters[name].submitsTotal, 0);
  const text = await (await fetch(`${url}/metrics`)).text();
  const found = [...text.matchAll(/^reelwatch_(?:health_)?checks_total\{[^}]*\} (\d+)/gm)];
  return { canaries, checks: found.reduce((sum, [, count]) => sum + Number(count), 0) };
}

async function ordersIn(world: World, ms: number): Promise<number> {
  const { canaries } = await countsOf(world);
  await wait(ms);
  return (await countsOf(world)).canaries - canaries;
}

/** Asks again and again, and says how long the slowest answer took. */
async function slowestAnswer({ url }: World, ms: number): Promise<number> {
  const endAt = performance.now() + ms;
  let slowest = 0;
  while (performance.now() < endAt) {
    const askedAt = performance.now();
    await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(60_000) }).then((answer) => answer.text());
    slowest = Math.max(slowest, performance.now() - askedAt);
    await wait(50);
  }
  return slowest;
}

async function lowestWeight(world: World, ms: number): Promise<number> {
  const endAt = performance.now() + ms;
  let lowest = 100;
  while (performance.now() < endAt) {
    const { routes } = await world.status();
    lowest = Math.min(lowest, ...routes.flatMap(({ targets }) => targets.map(({ weight }) => weight)));
    await wait(200);
  }
  return lowest;
}

function weightsOf({ routes }: Awaited<ReturnType<World['status']>>): string {
  return JSON.stringify(routes.flatMap(({ targets }) => targets.map(({ id, weight }) => [id, weight])));
}
