import { describe, expect, it } from 'vitest';
import { createPurse } from '../../src/app/purse.ts';
import { createRecorder } from '../../src/app/recorder.ts';
import { createScheduler } from '../../src/app/scheduler.ts';
import { MINUTE, SECOND } from '../../src/core/base.ts';
import { VIDEO } from '../sim/provider.ts';
import { aNetwork, aProvider, aSettings, createParts, NO_HTTP, START } from './world.ts';

const COUNT = 300;

/** Many targets of one provider whose budget pays for nothing, so that only looks are left; they are counted. */
async function setUp(count: number, budgetUsd = 0) {
  const [one] = aSettings(aProvider()).targets;
  if (one === undefined) throw new Error('no target');
  const targets = Array.from({ length: count }, (_, n) => ({
    ...one,
    schedule: { auto: true as const },
    target: { ...one.target, id: `acme/m${n}`, model: `m${n}` },
  }));
  const limits = { acme: { budgetUsd, plannedUsdPerDay: 0, concurrencyMax: 2 } };
  const parts = await createParts({ targets, limits });
  const base = { ...parts, ring: () => {} };
  const recorder = createRecorder(base);
  const purse = createPurse({ ...base, states: parts.board.states, now: parts.clock.now });
  const looks: string[] = [];
  const counted: typeof purse = {
    ...purse,
    staleMs: (target, at) => {
      looks.push(target);
      return purse.staleMs(target, at);
    },
  };
  const scheduler = createScheduler({
    ...base,
    recorder,
    purse: counted,
    cron: parts.owner.cron,
    http: NO_HTTP,
    media: { inspect: () => Promise.resolve({ is: 'video', facts: VIDEO, frameJpegBase64: null }) },
    scratch: { pathFor: (runId) => runId, save: () => Promise.resolve(), remove: () => Promise.resolve() },
    network: aNetwork(parts),
    download: parts.settings.download,
    saveJob: (...job) => parts.persist(() => parts.store.saveJob(...job)),
    moved: parts.board.moved,
    fatal: (error) => {
      throw error;
    },
  });
  await scheduler.start();
  return { parts, recorder, scheduler, looks };
}

/** Looks as the probing loop does, until nothing is due. */
function settle({ parts, scheduler }: Awaited<ReturnType<typeof setUp>>): number {
  let ticks = 0;
  do {
    scheduler.tick(parts.clock.now());
    ticks += 1;
  } while ((scheduler.nextLookAt() ?? Infinity) <= parts.clock.now() && ticks < 100);
  return ticks;
}

describe('the scheduler', () => {
  it('looks at the one target that a commit has changed, not at all of them', async () => {
    const world = await setUp(COUNT, 100);
    const { parts, recorder, looks } = world;
    settle(world);
    looks.length = 0;

    await recorder.record('acme/m7', () => ({
      event: { type: 'check.judged', at: parts.clock.now(), verdict: { is: 'pass', text: 'fine' } },
    }));
    settle(world);

    expect(new Set(looks).size).toBeLessThanOrEqual(5);
  });

  it('looks at no more than a few hundred targets in one go, and at all of them in the end', async () => {
    const world = await setUp(3 * COUNT);
    const { looks, scheduler, parts } = world;
    const first = looks.length;

    settle(world);

    expect(first).toBeLessThanOrEqual(250);
    expect(new Set(looks).size).toBe(3 * COUNT);
    expect(scheduler.nextLookAt()).toBeGreaterThan(parts.clock.now());
  });

  it('looks at every calm target again within a minute or so, spread over that time', async () => {
    const world = await setUp(COUNT, 100);
    const { looks, parts, scheduler } = world;
    settle(world);
    looks.length = 0;

    const perTick: number[] = [];
    for (let s = 0; s < 120; s += 10) {
      const before = looks.length;
      await parts.goOn(10 * SECOND);
      scheduler.tick(parts.clock.now());
      perTick.push(looks.length - before);
    }

    expect(new Set(looks).size).toBe(COUNT);
    expect(Math.max(...perTick)).toBeLessThan(COUNT);
  });

  it('looks at all targets again when the clock was set back', async () => {
    const world = await setUp(COUNT);
    const { looks, scheduler } = world;
    settle(world);
    looks.length = 0;

    scheduler.spread(START - 60 * MINUTE);
    scheduler.tick(START - 60 * MINUTE);
    expect(looks.length).toBeLessThan(COUNT / 10);
    for (let n = 0; n < 10; n++) scheduler.tick(START - 55 * MINUTE);

    expect(new Set(looks).size).toBe(COUNT);
  });

  it('gives a sign of life every few seconds, however often it looks', async () => {
    const { parts, scheduler } = await setUp(1);
    const signs = new Set<number>();

    for (let n = 0; n < 100; n++) {
      scheduler.tick(START + n * 100);
      signs.add(parts.board.lastTickAt());
    }

    expect(signs.size).toBe(2);
  });
});
