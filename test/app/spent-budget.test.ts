import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/core/base.ts';
import type { Instant } from '../../src/core/base.ts';
import type { Provider } from '../../src/ports/provider.ts';
import { GOOD_VIDEO, manyTargets, startDaemon } from './daemon.ts';
import type { Daemon } from './daemon.ts';
import { aProvider, START } from './world.ts';

const BREAKS = START;
const [BUDGET_USD, PRICE_USD] = [1, 0.1];

/** What a canary really costs is what it is thought to. */
function priced(order: ReturnType<Provider['plan']>): ReturnType<Provider['plan']> {
  return 'impossible' in order ? order : { ...order, facts: { ...order.facts, costUsd: PRICE_USD } };
}

/** One target that makes black videos between two instants; ten cents a canary, a dollar a day. */
async function blackFrom(from: Instant, until: Instant): Promise<Daemon & { orders: Instant[] }> {
  const orders: Instant[] = [];
  let now = () => START;
  const good = aProvider();
  const provider = aProvider({
    plan: (...asked) => priced(good.plan(...asked)),
    submit: (...order) => {
      orders.push(now());
      return good.submit(...order);
    },
  });
  const { targets = [] } = manyTargets(1, () => provider);
  const daemon = await startDaemon(
    {
      targets: targets.map((one) => ({ ...one, schedule: { auto: true }, priceUsd: PRICE_USD })),
      limits: { p0: { budgetUsd: BUDGET_USD, plannedUsdPerDay: 0.8, concurrencyMax: 3 } },
      totalBudgetUsd: BUDGET_USD,
    },
    { facts: (at) => ({ ...GOOD_VIDEO, blackRatio: at >= from && at < until ? 1 : 0 }) },
  );
  now = daemon.parts.clock.now;
  return { ...daemon, orders };
}

/** The most that any 24 hours cost. */
function dearestDayUsd(orders: readonly Instant[]): number {
  const inDay = orders.map((at) => orders.filter((other) => other > at - DAY && other <= at).length);
  return Math.max(0, ...inDay) * PRICE_USD;
}

describe('black videos on a dollar a day', () => {
  it.each([1, 2, 4])('are seen to be over about an hour after they are, %i h later', async (hours) => {
    const until = BREAKS + hours * HOUR;
    const daemon = await blackFrom(BREAKS, until);

    await daemon.parts.goOn(DAY);

    const closed = daemon.told.find(({ effect }) => effect.type === 'incident.closed');
    expect(daemon.types()).toContain('incident.opened');
    expect((closed?.at ?? Infinity) - until).toBeLessThan(75 * MINUTE);
    expect(dearestDayUsd(daemon.orders)).toBeLessThanOrEqual(BUDGET_USD);
  });

  it('that last for 20 hours are still looked at near their end, and people know how long that takes', async () => {
    const until = BREAKS + 20 * HOUR;
    const daemon = await blackFrom(BREAKS, until);

    await daemon.parts.goOn(30 * HOUR);

    const during = daemon.orders.filter((at) => at < until);
    const gaps = during.slice(1).map((at, n) => at - (during[n] ?? at));
    expect(Math.max(...gaps)).toBeLessThan(7 * HOUR);
    const closed = daemon.told.find(({ effect }) => effect.type === 'incident.closed');
    expect((closed?.at ?? Infinity) - until).toBeLessThan(7 * HOUR);
    expect(daemon.types().filter((type) => type === 'budget.low')).toHaveLength(1);
    const low = daemon.told.find(({ effect }) => effect.type === 'budget.low');
    expect((low?.at ?? Infinity) - BREAKS).toBeLessThan(6 * HOUR);
    expect(dearestDayUsd(daemon.orders)).toBeLessThanOrEqual(BUDGET_USD);
  });

  it('leave the target unmonitored where it has not been looked at for longer than its allowance', async () => {
    const daemon = await blackFrom(BREAKS, BREAKS + 20 * HOUR);
    const shown: (string | undefined)[] = [];

    for (let hours = 0; hours < 20; hours++) {
      await daemon.parts.goOn(HOUR);
      shown.push(daemon.state('p0/m').blind?.cause);
    }

    expect(shown).toContain('no_budget');
    expect(daemon.types()).not.toContain('blind.began');
    expect(daemon.state('p0/m').health).toBe('down');
  });

  it('and a budget that is low are both told as over', async () => {
    const daemon = await blackFrom(BREAKS, BREAKS + 20 * HOUR);

    await daemon.parts.goOn(3 * DAY);

    const told = (about: string) => daemon.types().filter((type) => type.startsWith(about));
    expect(told('budget.')).toEqual(['budget.low', 'budget.restored']);
    expect(told('incident.')).toEqual(['incident.opened', 'incident.closed']);
    expect(told('blind.')).toEqual([]);
    expect(daemon.state('p0/m')).toMatchObject({ health: 'healthy', blind: null, budgetLow: null });
  });
});
