import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Persist } from '../../src/app/persist.ts';
import type { Purse } from '../../src/app/purse.ts';
import { createPurse } from '../../src/app/purse.ts';
import { DAY, HOUR, MINUTE } from '../../src/core/base.ts';
import { freshBelief } from '../../src/core/belief.ts';
import { DEFAULT_DETECTION } from '../../src/core/detection.ts';
import { routineEveryMs } from '../../src/core/settled.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { TargetState } from '../../src/core/model.ts';
import type { Settings, TargetSetting } from '../../src/ports/settings.ts';
import type { Spending, Store } from '../../src/ports/store.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { openStore } from '../../src/store/store.ts';
import { aClaim, aCommit, closing } from '../store/samples.ts';
import { aProvider, aSettings } from './world.ts';

const T0 = Date.UTC(2026, 10, 23);
/** Every hour like the mean of all, so that sums are simple. */
const demand = { ...DEFAULT_DETECTION.demand, profilePower: 0 };
const policy = { ...DEFAULT_POLICY, detection: { ...DEFAULT_DETECTION, demand } };
const ASAP: Persist = (call) => call();

function aTarget(id: string, more: Partial<TargetSetting> = {}): TargetSetting {
  const [provider = '', model = ''] = id.split('/');
  return {
    ...(aSettings().targets[0] as TargetSetting),
    target: { id, provider, model, region: null },
    provider: aProvider(),
    priceUsd: 0.5,
    schedule: { auto: true },
    canariesPerDay: 24,
    ...more,
  };
}

const A = aTarget('a/m');
const B = aTarget('b/m');

interface Given {
  targets?: TargetSetting[];
  totalUsd?: number;
  ownUsd?: Record<string, number>;
  states?: Map<string, TargetState>;
  store?: Pick<Store, 'spendings'>;
  now?: () => number;
}

function aPurse(given: Given = {}): Purse {
  const own = given.ownUsd ?? { a: 100, b: 100 };
  const settings: Settings = {
    ...aSettings(),
    policy,
    targets: given.targets ?? [A, B],
    totalBudgetUsd: given.totalUsd ?? 100,
    limits: Object.fromEntries(
      Object.entries(own).map(([id, budgetUsd]) => [
        id,
        { budgetUsd, plannedUsdPerDay: 0, concurrencyMax: 9 },
      ]),
    ),
  };
  const store = given.store ?? { spendings: () => Promise.resolve([]) };
  const states = given.states ?? new Map<string, TargetState>();
  return createPurse({ settings, store, persist: ASAP, states: () => states, now: given.now ?? (() => T0) });
}

function aRun(runId: string, at: number, usd = 0.5): Spending {
  return { runId, provider: runId.split('/')[0] ?? '', at, usd };
}

/** A store that answers when it is told to, with what it had when it was asked. */
function slowStore() {
  const answers: (() => void)[] = [];
  let runs: Spending[] = [];
  const spendings = (since: number) => {
    const found = runs.filter(({ at }) => at > since);
    return new Promise<Spending[]>((resolve) => {
      answers.push(() => resolve(found));
    });
  };
  return {
    store: { spendings },
    has: (...given: Spending[]) => void (runs = given),
    answer: () => answers.shift()?.(),
  };
}

describe('what a purse still pays for', () => {
  it.each([
    ['the total', { totalUsd: 2, ownUsd: { a: 9 } }, 1, 3],
    ['the provider', { totalUsd: 9, ownUsd: { a: 2 } }, 1, 3],
    ['a share of the total', { totalUsd: 4, ownUsd: { a: 9 } }, 0.5, 3],
    ['a share of the provider', { totalUsd: 9, ownUsd: { a: 4 } }, 0.5, 3],
    ['a share that is spent already', { totalUsd: 2, ownUsd: { a: 9 } }, 0.1, 0],
    ['no limit for that provider at all', { totalUsd: 9, ownUsd: { b: 9 } }, 1, 0],
  ])('is bounded by %s', (_, budgets, share, expected) => {
    const purse = aPurse(budgets);
    purse.claimed(aRun('a/m@1', T0));

    expect(purse.affordable(A, share, T0)).toBe(expected);
  });

  it('counts an open run in full, and a closed one with what it cost', () => {
    const purse = aPurse({ totalUsd: 1 });
    purse.claimed(aRun('a/m@1', T0, 0.6));
    expect(purse.affordable(B, 1, T0)).toBe(0);

    purse.closed('a/m@1', 0.4);

    expect(purse.affordable(B, 1, T0)).toBe(1);
  });

  it.each([Number.NaN, Infinity, -3])(
    'keeps what was set aside for a run that is said to cost $%d',
    (usd) => {
      const purse = aPurse({ totalUsd: 1 });
      purse.claimed(aRun('a/m@1', T0, 0.6));

      purse.closed('a/m@1', usd);

      expect(purse.affordable(A, 1, T0)).toBe(0);
    },
  );

  it('pays for three of $0.10 out of $0.30, and for a thousand that cost nothing', () => {
    const [dime, free] = [aTarget('a/m', { priceUsd: 0.1 }), aTarget('a/m', { priceUsd: 0 })];
    const purse = aPurse({ totalUsd: 0.3 });

    expect(purse.affordable(dime, 1, T0)).toBe(3);
    expect(purse.affordable(free, 1, T0)).toBe(1_000);
    purse.claimed(aRun('a/m@1', T0, 0.4));
    expect(purse.affordable(free, 1, T0)).toBe(0);
  });

  it('has the money back after 24 hours, not a millisecond sooner, and not when the clock is set back', () => {
    const purse = aPurse({ totalUsd: 0.5 });
    purse.claimed(aRun('a/m@1', T0));

    const afterDay = [DAY - 1, DAY, DAY - 1, DAY + MINUTE, DAY - 1].map((ms) =>
      purse.affordable(A, 1, T0 + ms),
    );

    expect(afterDay).toEqual([0, 1, 0, 1, 0]);
  });

  it('knows nothing of runs that were never claimed, and counts one claimed twice once', () => {
    const purse = aPurse({ totalUsd: 1 });
    purse.closed('a/m@7', 5);
    purse.claimed(aRun('a/m@1', T0));
    purse.claimed(aRun('a/m@1', T0 + 1));

    expect(purse.affordable(A, 1, T0)).toBe(1);
  });

  it('never remembers more than 50,000 runs, the newest', async () => {
    const runs = Array.from({ length: 50_000 }, (_, n) => aRun(`a/m@${n}`, T0 + n, n === 0 ? 90 : 0));
    const purse = aPurse({ store: { spendings: () => Promise.resolve(runs) } });
    await purse.load();
    expect(purse.affordable(A, 1, T0)).toBe(20);

    purse.claimed(aRun('a/m@new', T0 + DAY / 2));

    expect(purse.affordable(A, 1, T0)).toBe(199);
  });
});

describe('a purse that reads what others spent', () => {
  it('takes over the store’s figures', async () => {
    const { store, has, answer } = slowStore();
    const purse = aPurse({ totalUsd: 3, store });
    has(aRun('a/m@1', T0 - HOUR, 1), aRun('b/m@1', T0 - DAY, 1), aRun('b/m@2', T0, 1));
    const loading = purse.load();
    answer();
    await loading;

    expect(purse.affordable(A, 1, T0)).toBe(2);
    expect(purse.affordable(A, 1, T0 - 1)).toBe(0);
  });

  it('forgets what the store no longer knows', async () => {
    const { store, has, answer } = slowStore();
    const purse = aPurse({ totalUsd: 1, store });
    for (const runs of [[aRun('a/m@1', T0)], []]) {
      has(...runs);
      const loading = purse.load();
      answer();
      await loading;
    }

    expect(purse.affordable(A, 1, T0)).toBe(2);
  });

  it('keeps claims that are being written, and forgets those that came to nothing', async () => {
    const { store, answer } = slowStore();
    const purse = aPurse({ totalUsd: 1.5, store });
    purse.claimed(aRun('a/m@1', T0));
    purse.claimed(aRun('a/m@2', T0));
    purse.closed('a/m@2', 0);
    const loading = purse.load();
    purse.claimed(aRun('a/m@3', T0));
    answer();
    await loading;

    expect(purse.affordable(A, 1, T0)).toBe(1);
  });

  it('does not undo what ended while the store was answering', async () => {
    const { store, has, answer } = slowStore();
    const purse = aPurse({ totalUsd: 1, store });
    has(aRun('a/m@1', T0));
    purse.claimed(aRun('a/m@1', T0));
    const [first, second] = [purse.load(), purse.load()];
    answer();
    await first;
    purse.closed('a/m@1', 0.25);
    answer();
    await second;
    expect(purse.affordable(aTarget('a/m', { priceUsd: 0.25 }), 1, T0)).toBe(3);

    const later = purse.load();
    answer();
    await later;

    expect(purse.affordable(aTarget('a/m', { priceUsd: 0.25 }), 1, T0)).toBe(2);
  });

  it('says so where the store cannot be read, and goes on with what it knows', async () => {
    const purse = aPurse({
      totalUsd: 1,
      store: { spendings: () => Promise.reject(new Error('disk on fire')) },
    });
    purse.claimed(aRun('a/m@1', T0));

    await expect(purse.load()).rejects.toThrow('disk on fire');

    expect(purse.affordable(A, 1, T0)).toBe(1);
  });
});

describe('a purse beside a real store', () => {
  const target = fc.constantFrom(A, B, aTarget('b/dear', { priceUsd: 1.1 }));
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        does: fc.constant('claim' as const),
        target,
        count: fc.integer({ min: 1, max: 4 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ does: fc.constant('close' as const), usd: fc.constantFrom(0, 0.1, 0.3, 1.7) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ does: fc.constant('wait' as const), hours: fc.constantFrom(1, 5, 11.5, 24) }),
    },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('reload' as const), isOther: fc.boolean() }) },
  );
  const moves = fc.array(fc.tuple(step, fc.nat({ max: 59 })), { maxLength: 25 });

  it('knows how many claims the store accepts, whatever was claimed, closed or spent by others before', async () => {
    const limits = { a: { providerUsd: 1.6, totalUsd: 3 }, b: { providerUsd: 2.5, totalUsd: 3 } };
    await fc.assert(
      fc.asyncProperty(moves, async (steps) => {
        const db = openSqlite(':memory:');
        const store = await openStore(db);
        let [latest, at, runs] = [T0, T0, 0];
        const purse = aPurse({ totalUsd: 3, ownUsd: { a: 1.6, b: 2.5 }, store, now: () => at });
        const open: string[] = [];
        const [told, accepted]: [number[], number[]] = [[], []];
        const claim = async ({ target: { id, provider }, priceUsd }: TargetSetting, isOurs: boolean) => {
          const runId = `${id}@${++runs}`;
          const own = limits[provider as 'a' | 'b'];
          if (isOurs) purse.claimed({ runId, provider, at, usd: priceUsd });
          const outcome = await store.claimRun(aClaim(runId, { at, reservedUsd: priceUsd, limits: own }));
          if (outcome === 'claimed') open.push(runId);
          else if (isOurs) purse.closed(runId, 0);
          return outcome;
        };
        for (const [step, minutesBack] of steps) {
          at = latest - minutesBack * MINUTE;
          if (step.does === 'wait') latest += step.hours * HOUR;
          else if (step.does === 'claim') {
            const affordable = purse.affordable(step.target, 1, at);
            const outcomes: string[] = [];
            for (let n = 0; n < step.count; n++) outcomes.push(await claim(step.target, true));
            told.push(Math.min(step.count, affordable));
            accepted.push(outcomes.filter((outcome) => outcome === 'claimed').length);
          } else if (step.does === 'close') {
            const runId = open.shift();
            if (runId === undefined) continue;
            const cost = { usd: step.usd, from: 'computed' as const };
            const closesRun = closing(runId, { cost });
            await store.commit(aCommit('a/m', 1, [], { before: { version: 1 }, closesRun }));
            purse.closed(runId, step.usd);
          } else {
            if (step.isOther) await claim(B, false);
            await purse.load();
          }
        }
        await db.close();
        expect(accepted).toEqual(told);
      }),
      { numRuns: 60 },
    );
  });
});

describe('how old a look may grow', () => {
  const usdPerDay = (purse: Purse, settings: TargetSetting[], at: number) =>
    settings.reduce((sum, { target, priceUsd }) => {
      const everyMs = routineEveryMs(purse.staleMs(target.id, at), DEFAULT_DETECTION);
      return sum + (priceUsd * DAY) / everyMs;
    }, 0);

  it('spends the routine share of the budget from the first day on, alike where nothing is known', () => {
    const purse = aPurse({ totalUsd: 20 });

    expect(usdPerDay(purse, [A, B], T0) / (20 * demand.routineShare)).toBeCloseTo(1, 2);
    expect(purse.staleMs('a/m', T0)).toBe(purse.staleMs('b/m', T0));
  });

  it('follows hazard: who had more outages is looked at more often', () => {
    const belief = (onsets: number) => ({ ...freshBelief(T0, MINUTE, DEFAULT_DETECTION.belief), onsets });
    const states = new Map([
      ['a/m', { ...freshState('a/m', T0), belief: belief(0) }],
      ['b/m', { ...freshState('b/m', T0), belief: belief(6) }],
    ]);
    const purse = aPurse({ totalUsd: 20, states });

    expect(purse.staleMs('a/m', T0) / purse.staleMs('b/m', T0)).toBeCloseTo(2, 9);
  });

  it('gives a retired target no share, and its money to the others from the next hour on', () => {
    const states = new Map([['a/m', freshState('a/m', T0)]]);
    const purse = aPurse({ totalUsd: 20, states });
    const before = purse.staleMs('b/m', T0);

    states.set('a/m', { ...freshState('a/m', T0), health: 'retired' });

    expect(purse.staleMs('b/m', T0 + HOUR - 1)).toBe(before);
    expect(purse.staleMs('b/m', T0 + HOUR)).toBeLessThan(0.6 * before);
    expect(purse.staleMs('a/m', T0 + HOUR)).toBe(demand.unseenMsMax);
    expect(purse.staleMs('who/knows', T0 + HOUR)).toBe(demand.unseenMsMax);
  });

  it('leaves to the budget what fixed schedules do not take', () => {
    const fixed = aTarget('a/m', { schedule: { everyMs: HOUR }, canariesPerDay: 24 });
    const purse = aPurse({ totalUsd: 20, targets: [fixed, B] });

    expect(purse.staleMs('a/m', T0)).toBe(HOUR);
    expect(usdPerDay(purse, [B], T0) / ((20 - 12) * demand.routineShare)).toBeCloseTo(1, 2);
  });

  it('grows while more is spent than planned, hour by hour, once half a day is known', () => {
    const purse = aPurse({ totalUsd: 20 });
    const first = purse.staleMs('a/m', T0);
    purse.claimed(aRun('a/m@1', T0 + 11 * HOUR, 20));

    const later = [11, 12, 13, 14].map((hour) => purse.staleMs('a/m', T0 + hour * HOUR) / first);

    const step = Math.exp(demand.gainStep * (1 / demand.routineShare - 1));
    expect(later).toEqual([1, 1, expect.closeTo(step, 9), expect.closeTo(step ** 2, 9)]);
  });

  it('is shared out anew when the clock is set back', () => {
    const states = new Map<string, TargetState>();
    const purse = aPurse({ totalUsd: 20, states });
    const before = purse.staleMs('b/m', T0);

    states.set('a/m', { ...freshState('a/m', T0), health: 'retired' });

    expect(purse.staleMs('b/m', T0 - 1)).toBeLessThan(0.6 * before);
  });
});
