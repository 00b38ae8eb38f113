import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/core/base.ts';
import type { Account } from '../../src/core/look-budget.ts';
import { isShort, lookBudgetOf, lookGapMs, LOOKS_KEPT, spendableUsd } from '../../src/core/look-budget.ts';

const NOW = Date.parse('2026-12-01T12:00:00Z');
const account = (budgetUsd: number, orders: Account['orders'], lookUsd = 0.1): Account => ({
  provider: null,
  budgetUsd,
  orders,
  spentUsd: [...orders].reduce((sum, { usd }) => sum + usd, 0),
  lookUsd,
});
/** So many orders of ten cents, so far apart, the newest a minute ago. */
const ordersOf = (count: number, gapMs: number) =>
  Array.from({ length: count }, (_, n) => ({ at: NOW - MINUTE - (count - 1 - n) * gapMs, usd: 0.1 }));

describe('what is left for looks', () => {
  it.each([
    ['nothing has been spent', account(1, []), 10, DAY],
    ['a dollar was spent at once', account(1, ordersOf(10, 0)), 0, DAY - MINUTE],
    ['it was spent evenly', account(1, ordersOf(8, 3 * HOUR)), 2, 3 * HOUR - MINUTE],
    ['three incidents are open', account(1, ordersOf(4, HOUR), 0.3), 2, DAY - HOUR - MINUTE],
    ['a look costs nothing', account(1, [], 0), 1_000, 0],
  ])('when %s', (_, given, looks, returnsInMs) => {
    const budget = lookBudgetOf([given], NOW);

    expect(budget.looks).toBe(looks);
    expect(budget.returnsAt - NOW).toBe(returnsInMs);
  });

  it('is what the tightest budget pays for', () => {
    const own = { ...account(0.5, ordersOf(4, 0)), provider: 'acme' };

    expect(lookBudgetOf([account(9, []), own], NOW)).toMatchObject({
      provider: 'acme',
      looks: 1,
      budgetUsd: 0.5,
    });
  });
});

describe('looks at an open incident', () => {
  it.each([
    ['as close as is wanted where more than one an hour is paid for', account(3, []), 0],
    ['an hour apart where that is not', account(2, []), HOUR],
    ['spread over the day where few are left', account(0.3, []), 6 * HOUR],
    ['as close as is wanted where as much returns each hour', account(3, ordersOf(24, HOUR)), 0],
    [
      'a little apart where only a few are left beside that',
      account(2.6, ordersOf(24, HOUR)),
      (59 * MINUTE) / 3,
    ],
  ])('are %s', (_, given, gapMs) => {
    expect(lookGapMs(lookBudgetOf([given], NOW))).toBeCloseTo(gapMs, -3);
  });

  it('are never far apart for want of money, whatever was spent before, where some are left at the beginning', () => {
    const spent = fc.array(fc.integer({ min: 0, max: DAY - 1 }), { maxLength: 30 });
    const holds = fc.property(spent, fc.integer({ min: 1, max: 40 }), (agesMs, looks) => {
      const orders = agesMs.map((ageMs) => ({ at: NOW - ageMs, usd: 0.1 })).toSorted((a, b) => a.at - b.at);
      const budgetUsd = (orders.length + looks) / 10;
      let [lastAt, longestMs] = [NOW, 0];
      for (let at = NOW; at < NOW + 2 * DAY; at += 10 * MINUTE) {
        const inDay = orders.filter((order) => order.at > at - DAY);
        const left = lookBudgetOf([account(budgetUsd, inDay)], at);
        longestMs = Math.max(longestMs, at - lastAt);
        if (left.looks < 1 || at - lastAt < Math.max(10 * MINUTE, lookGapMs(left))) continue;
        orders.push({ at, usd: 0.1 });
        lastAt = at;
      }
      return longestMs <= (2 * DAY) / (1 + Math.min(LOOKS_KEPT, looks)) + HOUR;
    });

    expect(fc.check(holds, { numRuns: 200 }).counterexample).toBeNull();
  });

  it('are too few where they are more than an hour apart', () => {
    expect(isShort(lookBudgetOf([account(0.4, [])], NOW))).toBe(false);
    expect(isShort(lookBudgetOf([account(0.3, [])], NOW))).toBe(true);
  });
});

it('a share of a budget leaves a few looks at each open incident of others', () => {
  expect(spendableUsd(10, 0.9, 0)).toBe(9);
  expect(spendableUsd(10, 0.9, 1)).toBe(7);
  expect(spendableUsd(10, 1, 1)).toBe(10);
});
