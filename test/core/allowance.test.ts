import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Allowance, Budgets, Paid } from '../../src/core/allowance.ts';
import { allot, freshAllowance, renewedAllowance } from '../../src/core/allowance.ts';
import { DAY, HOUR, MINUTE } from '../../src/core/base.ts';
import { DEFAULT_DETECTION } from '../../src/core/detection.ts';

const T0 = Date.UTC(2026, 10, 23);
/** Every hour like the mean of all, so that sums are simple. */
const policy = { ...DEFAULT_DETECTION.demand, profilePower: 0 };
const SHARE = policy.routineShare;
const NOTHING = { totalUsd: 0, byProvider: {} };

function aPaid(provider: string, more: Partial<Paid> = {}): Paid {
  return { provider, priceUsd: 0.1, fixedPerDay: null, hazard: 1, reportGapMs: null, staleMs: null, ...more };
}

function staleOf(budgets: Budgets, paid: readonly Paid[]): number[] {
  return allot(freshAllowance(budgets, paid, T0, policy), paid, NOTHING, T0, policy).staleMs;
}

/** What the targets of a budget cost a day at these limits; those that no money keeps rarer are left out. */
function plannedUsd(paid: readonly Paid[], staleMs: readonly number[], provider: string | null): number {
  let usd = 0;
  for (const [k, target] of paid.entries()) {
    const stale = staleMs[k] ?? 0;
    const isMine = provider === null || target.provider === provider;
    if (!isMine || target.fixedPerDay !== null || stale >= policy.unseenMsMax) continue;
    usd += (target.priceUsd * DAY) / stale;
  }
  return usd;
}

function fixedUsd(paid: readonly Paid[], provider: string | null): number {
  return paid
    .filter((target) => provider === null || target.provider === provider)
    .reduce((sum, { priceUsd, fixedPerDay }) => sum + priceUsd * (fixedPerDay ?? 0), 0);
}

/** Hours of the same spending, one after the other, when half a day is known. */
function hoursOf(
  start: Allowance,
  paid: readonly Paid[],
  spent: { totalUsd: number; byProvider: Record<string, number> },
  hours: number,
): Allowance {
  let allowance = start;
  for (let hour = 0; hour < hours; hour++)
    allowance = allot(allowance, paid, spent, T0 + DAY + hour * HOUR, policy).allowance;
  return allowance;
}

describe('an allowance', () => {
  it('shares the total by the square root of hazard over price, whoever the provider is', () => {
    const paid = [aPaid('a'), aPaid('b', { priceUsd: 0.4 }), aPaid('b', { hazard: 4 })];

    const staleMs = staleOf({ totalUsd: 20, byProvider: { a: 20, b: 20 } }, paid);
    const [plain = 0, dear = 0, risky = 0] = staleMs;

    expect(dear / plain).toBeCloseTo(2, 9);
    expect(plain / risky).toBeCloseTo(2, 9);
    expect(plannedUsd(paid, staleMs, null)).toBeCloseTo(20 * SHARE, 9);
  });

  it('gives to the others what a provider with a budget of its own cannot use', () => {
    const paid = [aPaid('a'), aPaid('b'), aPaid('c')];

    const staleMs = staleOf({ totalUsd: 20, byProvider: { a: 2, b: 20, c: 20 } }, paid);

    expect(plannedUsd(paid, staleMs, 'a')).toBeCloseTo(2 * SHARE, 9);
    expect(plannedUsd(paid, staleMs, 'b')).toBeCloseTo(9 * SHARE, 9);
    expect(plannedUsd(paid, staleMs, 'c')).toBeCloseTo(9 * SHARE, 9);
  });

  it('finds the provider that becomes tight only by what another leaves', () => {
    const paid = [aPaid('a'), aPaid('b'), aPaid('c')];

    const staleMs = staleOf({ totalUsd: 20, byProvider: { a: 2, b: 7, c: 20 } }, paid);

    expect(plannedUsd(paid, staleMs, 'b')).toBeCloseTo(7 * SHARE, 9);
    expect(plannedUsd(paid, staleMs, 'c')).toBeCloseTo(11 * SHARE, 9);
  });

  it('leaves money over where every provider is tight', () => {
    const paid = [aPaid('a'), aPaid('b')];

    const staleMs = staleOf({ totalUsd: 20, byProvider: { a: 2, b: 3 } }, paid);

    expect(plannedUsd(paid, staleMs, 'a')).toBeCloseTo(2 * SHARE, 9);
    expect(plannedUsd(paid, staleMs, 'b')).toBeCloseTo(3 * SHARE, 9);
  });

  it('pays fixed schedules first, and looks at them as often as they say', () => {
    const paid = [aPaid('a', { fixedPerDay: 48 }), aPaid('a'), aPaid('b')];

    const staleMs = staleOf({ totalUsd: 10, byProvider: { a: 5.8, b: 10 } }, paid);

    expect(staleMs[0]).toBe(30 * MINUTE);
    expect(plannedUsd(paid, staleMs, 'a')).toBeCloseTo(1 * SHARE, 9);
    expect(plannedUsd(paid, staleMs, 'b')).toBeCloseTo((10 - 4.8 - 1) * SHARE, 9);
  });

  it('takes from the others no more than a fixed schedule may spend', () => {
    const paid = [aPaid('a', { fixedPerDay: 480 }), aPaid('b')];

    const staleMs = staleOf({ totalUsd: 10, byProvider: { a: 2 } }, paid);

    expect(plannedUsd(paid, staleMs, 'b')).toBeCloseTo(8 * SHARE, 9);
  });

  it.each([
    ['no money at all', { totalUsd: 0, byProvider: {} }, aPaid('a'), 12 * HOUR],
    ['nothing left beside the schedules', { totalUsd: 4.8, byProvider: {} }, aPaid('a'), 12 * HOUR],
    ['a provider without money', { totalUsd: 20, byProvider: { a: 0 } }, aPaid('a'), 12 * HOUR],
    [
      'a canary that costs nothing',
      { totalUsd: 1e9, byProvider: {} },
      aPaid('a', { priceUsd: 0 }),
      5 * MINUTE,
    ],
    [
      'a schedule that never comes',
      { totalUsd: 20, byProvider: {} },
      aPaid('a', { fixedPerDay: 0 }),
      12 * HOUR,
    ],
    ['no fault in sight', { totalUsd: 0.01, byProvider: {} }, aPaid('a', { hazard: 0 }), 12 * HOUR],
  ])('stays within bounds with %s', (_, budgets, target, expected) => {
    const paid = [target, aPaid('z', { fixedPerDay: 48 })];

    expect(staleOf(budgets, paid)).toEqual([expected, 30 * MINUTE]);
  });

  it('has no limits to give where nobody is watched', () => {
    expect(staleOf({ totalUsd: 20, byProvider: {} }, [])).toEqual([]);
  });

  it('draws less for a target whose users show that it works, and gives that to the others', () => {
    const budgets = { totalUsd: 20, byProvider: {} };
    const told = aPaid('a', { reportGapMs: MINUTE, staleMs: HOUR });

    const [, alone = 0] = staleOf(budgets, [aPaid('a'), aPaid('b')]);
    const [, helped = 0] = staleOf(budgets, [told, aPaid('b')]);

    expect(helped).toBeLessThan(alone);
  });
});

describe('an allowance that follows what is spent', () => {
  const budgets = { totalUsd: 10, byProvider: { a: 6.8, b: 10 } };
  const paid = [aPaid('a', { fixedPerDay: 48 }), aPaid('a'), aPaid('b')];
  const fresh = freshAllowance(budgets, paid, T0, policy);
  /** As planned: the schedule, and the routine share of what it leaves. */
  const planned = {
    totalUsd: 4.8 + 5.2 * SHARE,
    byProvider: { a: 4.8 + 2 * SHARE, b: 3.2 * SHARE },
  };
  const gains = ({ total, byProvider }: Allowance) => [
    total.gain,
    byProvider['a']?.gain ?? 0,
    byProvider['b']?.gain ?? 0,
  ];

  it('stays as it is when all is spent as planned, schedules included', () => {
    for (const gain of gains(hoursOf(fresh, paid, planned, 50))) expect(gain).toBeCloseTo(1, 9);
  });

  it('believes no spending before it has seen half a day of it', () => {
    const spent = { totalUsd: 50, byProvider: { a: 25, b: 25 } };

    const { allowance } = allot(fresh, paid, spent, T0 + DAY / 2, policy);

    expect(gains(allowance)).toEqual([1, 1, 1]);
  });

  it('holds everybody back when the total is overspent, and one provider when that is', () => {
    const much = hoursOf(fresh, paid, { ...planned, totalUsd: planned.totalUsd * 1.5 }, 10);
    const own = hoursOf(fresh, paid, { ...planned, byProvider: { ...planned.byProvider, a: 9 } }, 10);

    expect(gains(much)).toEqual([expect.closeTo(1.2, 1), expect.closeTo(1, 9), 1]);
    expect(gains(own)[1]).toBeGreaterThan(1.1);
  });

  it('loosens only what binds: a budget that was never needed still holds when it is', () => {
    const little = { totalUsd: 4.8, byProvider: { a: 4.8, b: 0 } };

    const [total, a, b] = gains(hoursOf(fresh, paid, little, 2));

    expect(total).toBeLessThan(1);
    expect(a).toBeLessThan(1);
    expect(b).toBe(1);
  });

  it('does not loosen the total while each provider is held by its own budget', () => {
    const tight = { totalUsd: 100, byProvider: { a: 6.8, b: 1 } };

    const { total } = hoursOf(freshAllowance(tight, paid, T0, policy), paid, NOTHING, 10);

    expect(total.gain).toBe(1);
    expect(total.draw).toBeGreaterThan(0);
  });

  it('remains a number where there is no money, whatever is spent', () => {
    const poor = freshAllowance({ totalUsd: 0, byProvider: { a: 0, b: 0 } }, paid, T0, policy);

    const later = hoursOf(poor, paid, NOTHING, 10);

    expect(allot(later, paid, planned, T0 + 2 * DAY, policy).staleMs).toEqual([
      30 * MINUTE,
      12 * HOUR,
      12 * HOUR,
    ]);
    for (const gain of gains(later)) expect(gain).toBeLessThanOrEqual(1);
  });

  it('does not take a schedule that stood still for money that the others saved', () => {
    const spent = { totalUsd: 5.2 * SHARE, byProvider: { a: 0, b: 5.2 * SHARE } };

    const { total } = hoursOf(fresh, paid, spent, 10);

    expect(total.gain).toBeCloseTo(1, 9);
  });

  it('keeps what it has learnt when a schedule ends, and has its money to share', () => {
    const learnt = hoursOf(fresh, paid, { ...planned, totalUsd: 20 }, 10);
    const left = paid.slice(1);

    const renewed = renewedAllowance(learnt, budgets, left, T0 + 2 * DAY, policy);

    expect(renewed.total).toMatchObject({ budgetUsdPerDay: 10, gain: learnt.total.gain, bornAt: T0 });
    expect(renewed.byProvider['a']).toMatchObject({
      budgetUsdPerDay: 6.8,
      gain: learnt.byProvider['a']?.gain,
    });
  });
});

describe('whatever the budgets are, an allowance', () => {
  const target = fc.record({
    provider: fc.constantFrom('a', 'b', 'c'),
    priceUsd: fc.double({ min: 0.005, max: 2, noNaN: true }),
    fixedPerDay: fc.option(fc.integer({ min: 0, max: 50 }), { freq: 4 }),
    hazard: fc.double({ min: 0.05, max: 10, noNaN: true }),
    reportGapMs: fc.constant(null),
    staleMs: fc.constant(null),
  });
  const paids = fc.array(target, { minLength: 1, maxLength: 8 });
  const money = fc.double({ min: 0, max: 40, noNaN: true });
  const budgets = fc.record({
    totalUsd: money,
    byProvider: fc.dictionary(fc.constantFrom('a', 'b', 'c'), money),
  });

  it('plans with no more than the routine share of what each budget leaves', () => {
    fc.assert(
      fc.property(budgets, paids, (given, paid) => {
        const staleMs = staleOf(given, paid);
        let allFixedUsd = 0;
        for (const provider of ['a', 'b', 'c']) {
          const budgetUsd = Math.min(given.byProvider[provider] ?? Infinity, given.totalUsd);
          const takenUsd = Math.min(fixedUsd(paid, provider), budgetUsd);
          allFixedUsd += takenUsd;
          expect(plannedUsd(paid, staleMs, provider)).toBeLessThanOrEqual(
            (budgetUsd - takenUsd) * SHARE + 1e-5,
          );
        }
        const leftUsd = Math.max(0, given.totalUsd - allFixedUsd);
        expect(plannedUsd(paid, staleMs, null)).toBeLessThanOrEqual(leftUsd * SHARE + 1e-5);
        for (const stale of staleMs) expect(stale).toBeLessThanOrEqual(policy.unseenMsMax);
      }),
    );
  });

  it('gives targets of one provider rates in square-root proportion', () => {
    fc.assert(
      fc.property(budgets, paids, (given, paid) => {
        const staleMs = staleOf(given, paid);
        const levels = paid.flatMap(({ provider, priceUsd, hazard, fixedPerDay }, k) => {
          const stale = staleMs[k] ?? 0;
          const isBounded = stale >= policy.unseenMsMax || stale <= 5 * MINUTE;
          if (fixedPerDay !== null || isBounded) return [];
          return [{ provider, level: 1 / stale / Math.sqrt(hazard / priceUsd) }];
        });
        for (const { provider, level } of levels) {
          const first = levels.find((each) => each.provider === provider)?.level ?? 0;
          expect(level / first).toBeCloseTo(1, 6);
        }
      }),
    );
  });

  it('makes no target staler when there is more money for all, nor its own when a provider has more', () => {
    fc.assert(
      fc.property(budgets, paids, money, (given, paid, moreUsd) => {
        const before = staleOf(given, paid);
        const richer = staleOf({ ...given, totalUsd: given.totalUsd + moreUsd }, paid);
        const own = given.byProvider['a'];
        const byProvider = own === undefined ? {} : { ...given.byProvider, a: own + moreUsd };
        const luckier = own === undefined ? before : staleOf({ ...given, byProvider }, paid);
        const isNoStaler = (after: number[], k: number) => (after[k] ?? 0) <= (before[k] ?? 0) * (1 + 1e-6);
        for (const [k, { provider }] of paid.entries()) {
          expect(isNoStaler(richer, k)).toBe(true);
          expect(provider !== 'a' || isNoStaler(luckier, k)).toBe(true);
        }
      }),
    );
  });
});

it('spends more in the hours in which faults begin, and as much in a day', () => {
  const shaped = DEFAULT_DETECTION.demand;
  const paid: Paid[] = [
    { provider: 'a', priceUsd: 0.5, fixedPerDay: null, hazard: 1, reportGapMs: null, staleMs: null },
  ];
  const allowance = freshAllowance({ totalUsd: 20, byProvider: {} }, paid, 0, shaped);
  const usdPerHour = (demand: typeof shaped) =>
    Array.from({ length: 24 }, (_, hour) => {
      const at = Date.UTC(2026, 10, 18, hour);
      const [staleMs = 0] = allot(allowance, paid, { totalUsd: 0, byProvider: {} }, at, demand).staleMs;
      return (0.5 * 3_600_000) / staleMs;
    });
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

  const hours = usdPerHour(shaped);
  expect(Math.max(...hours) / Math.min(...hours)).toBeGreaterThan(2);
  expect(sum(hours) / sum(usdPerHour(policy))).toBeCloseTo(1, 1);
});
