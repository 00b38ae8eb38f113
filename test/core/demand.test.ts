import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import type { Situation } from '../../src/core/demand.ts';
import { dueAt, freeCheckMs, nextProbe, noteStarted, patienceMs } from '../../src/core/demand.ts';
import { DEFAULT_DETECTION as policy } from '../../src/core/detection.ts';
import { hazardOf, hourOfWeekFactor } from '../../src/core/hazard.ts';
import { decide } from '../../src/core/judgement.ts';
import type { Observation } from '../../src/core/observation.ts';
import { freshPool, shareOut } from '../../src/core/pool.ts';
import {
  after,
  anySequence,
  canary,
  FAILED,
  fresh,
  NOT_TAKEN,
  OK,
  report,
  T0,
  PLENTY,
} from './observations.ts';

function situation(seen: readonly Observation[], more: Partial<Situation> = {}): Situation {
  const at = more.at ?? seen.at(-1)?.at ?? T0;
  return {
    judgement: decide(after(seen), [], at, policy),
    flying: [],
    hazard: 1,
    staleMs: 4 * HOUR,
    at,
    affordable: () => Infinity,
    lookBudget: () => PLENTY,
    ...more,
  };
}

const failed = canary(T0 + MINUTE, FAILED);
const outage = [failed, canary(T0 + 2 * MINUTE, NOT_TAKEN), canary(T0 + 3 * MINUTE, NOT_TAKEN)];

describe('the next canary', () => {
  it('is due when a target without suspicion has been unseen for its stale limit', () => {
    const calm = situation([canary(T0 + MINUTE, OK)]);
    const expected = dueAt(calm.judgement.belief, 0, calm, policy);

    expect((expected - calm.at) / HOUR).toBeCloseTo(4, 1);
    expect(nextProbe(calm, policy)).toMatchObject({ count: 0, why: 'routine', isWorthwhile: false });
    expect(nextProbe(situation([canary(T0 + MINUTE, OK)], { at: T0 + 12 * HOUR }), policy)).toMatchObject({
      count: 1,
      why: 'routine',
    });
  });

  it('comes sooner, the likelier a fault is', () => {
    const calm = situation([canary(T0 + MINUTE, OK)]);
    const due = [0, 0.01, 0.1].map((fault) => dueAt(calm.judgement.belief, fault, calm, policy));

    expect(due).toEqual(due.toSorted((a, b) => b - a));
    expect(new Set(due).size).toBe(3);
  });

  it('confirms a suspicion at once, with several where waiting is dear', () => {
    expect(nextProbe(situation([failed], { staleMs: HOUR }), policy)).toMatchObject({
      count: 3,
      why: 'confirm',
    });
    expect(nextProbe(situation([failed], { staleMs: HOUR, flying: [T0, T0 + SECOND] }), policy).count).toBe(
      1,
    );
    expect(nextProbe(situation([failed], { staleMs: HOUR, flying: [T0, T0, T0] }), policy).count).toBe(0);
  });

  it('leaves it to users where they will tell sooner', () => {
    const busy = Array.from({ length: 40 }, (_, k) => report(T0 + k * 10 * SECOND, OK, `user ${k}`));
    const doubt = report(T0 + 7 * MINUTE, FAILED, 'eve');

    expect(nextProbe(situation([...busy, doubt]), policy).count).toBe(0);
    expect(nextProbe(situation([doubt]), policy).count).toBeGreaterThan(0);
  });

  it('looks at the account once when a user says that it is in trouble', () => {
    const odd = situation([canary(T0 + MINUTE, OK), report(T0 + 2 * MINUTE, { is: 'auth' }, 'ann')]);

    expect(nextProbe(odd, policy)).toMatchObject({ count: 1, why: 'reported' });
  });

  it('spaces recovery by the length of the outage, and hurries once something looks good', () => {
    const long = situation(outage, { at: T0 + 63 * MINUTE });
    const fresh = situation(outage);

    expect(nextProbe(fresh, policy)).toMatchObject({ count: 0, why: 'recover', lookAt: T0 + 4 * MINUTE });
    expect(nextProbe(long, policy)).toMatchObject({ count: 1, why: 'recover' });
    expect(
      nextProbe(situation([...outage, canary(T0 + 4 * MINUTE, OK)], { at: T0 + 4 * MINUTE + SECOND }), policy)
        .count,
    ).toBe(1);
  });

  it('tries a blind target now and then', () => {
    const blind = [canary(T0 + MINUTE, { is: 'quota' }), canary(T0 + 2 * MINUTE, { is: 'quota' })];

    expect(nextProbe(situation(blind), policy)).toMatchObject({
      count: 0,
      why: 'account',
      lookAt: T0 + 12 * MINUTE,
    });
    expect(nextProbe(situation(blind, { at: T0 + 12 * MINUTE }), policy).count).toBe(1);
  });

  it.each<[string, Situation]>([
    ['routine', situation([canary(T0 + MINUTE, OK)], { at: T0 + 12 * HOUR })],
    ['confirming', situation([failed])],
    ['recovery', situation(outage, { at: T0 + 63 * MINUTE })],
    [
      'a blind target',
      situation([canary(T0, { is: 'auth' }), canary(T0 + MINUTE, { is: 'auth' })], { at: T0 + HOUR }),
    ],
  ])('is never started without money: %s', (_, wanting) => {
    expect(nextProbe(wanting, policy).count).toBeGreaterThan(0);
    const poor = nextProbe({ ...wanting, affordable: () => 0 }, policy);
    expect(poor.count).toBe(0);
    expect(poor.lookAt).toBeGreaterThan(wanting.at);
  });

  it('leaves the last of the money to the end of outages, and some before that to confirming', () => {
    const shareOf = (wanting: Situation) => {
      const asked: number[] = [];
      nextProbe({ ...wanting, affordable: (share) => asked.push(share) }, policy);
      return asked.at(-1);
    };
    const { routineCap, confirmCap } = policy.demand;

    expect(shareOf(situation([canary(T0 + MINUTE, OK)], { at: T0 + 12 * HOUR }))).toBe(routineCap);
    expect(shareOf(situation([failed]))).toBe(confirmCap);
    expect(shareOf(situation(outage, { at: T0 + 63 * MINUTE }))).toBe(1);
    expect([routineCap, confirmCap, 1]).toEqual([routineCap, confirmCap, 1].toSorted((a, b) => a - b));
    expect(new Set([routineCap, confirmCap, 1]).size).toBe(3);
  });

  it('never asks for more than can be paid, and always says when to look again or waits for news', () => {
    fc.assert(
      fc.property(
        anySequence,
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 0, max: DAY }),
        (sequence, money, ms) => {
          const base = situation(sequence, { affordable: () => money });
          const demand = nextProbe(
            { ...base, at: base.at + ms, judgement: decide(base.judgement.belief, [], base.at + ms, policy) },
            policy,
          );

          expect(demand.count).toBeLessThanOrEqual(money);
          expect(demand.lookAt ?? Infinity).toBeGreaterThan(base.at + ms);
          expect(Number.isInteger(demand.count)).toBe(true);
        },
      ),
    );
  });

  it('starts no more than a maximum of canaries in an hour to confirm', () => {
    const { burstsPerHourMax } = policy.demand;
    const belief = noteStarted(after([failed]), 50, failed.at, policy.demand);
    const again = (at: number) =>
      nextProbe(situation([], { judgement: decide(belief, [], at, policy), at }), policy).count;

    expect(belief.bursts).toHaveLength(burstsPerHourMax);
    expect(again(failed.at + MINUTE)).toBe(0);
    expect(again(failed.at + 61 * MINUTE)).toBeGreaterThan(0);
  });
});

describe('patience and free checks', () => {
  it('wait by what is usual, within bounds', () => {
    expect(patienceMs(fresh(), policy.demand)).toBeCloseTo(6 * MINUTE, 6);
    const judgements = [situation([]), situation([failed]), situation(outage)].map(
      ({ judgement }) => judgement,
    );

    expect(judgements.map((judgement) => freeCheckMs(judgement, false, policy.demand) / SECOND)).toEqual([
      60, 15, 30,
    ]);
  });
});

describe('the pool', () => {
  const members = [
    { priceUsd: 0.1, hazard: 1, reportGapMs: null, staleMs: null },
    { priceUsd: 0.4, hazard: 1, reportGapMs: null, staleMs: null },
    { priceUsd: 0.1, hazard: 4, reportGapMs: null, staleMs: null },
  ];

  const evenly = { ...policy.demand, profilePower: 0 };

  /** What the plan spends in the 24 h from an instant on, hour by hour. */
  const spending = (from: number, demand = policy.demand) =>
    Array.from({ length: 24 }, (_, hour) => {
      const { staleMs } = shareOut(freshPool(20, T0), members, 0, from + hour * HOUR, demand);
      return members.reduce((sum, { priceUsd }, k) => sum + (priceUsd * HOUR) / (staleMs[k] ?? 1), 0);
    });

  it('spends a day when faults begin rather than evenly, and about the same in any day', () => {
    const planned = 20 * policy.demand.routineShare;
    const tuesday = spending(T0 + DAY);
    const [quiet = 0, busy = 0] = [tuesday[10], tuesday[19]];

    expect(busy / quiet).toBeGreaterThan(2);
    expect(new Set(spending(T0 + DAY, evenly).map((usd) => usd.toFixed(9))).size).toBe(1);
    for (let hour = 0; hour < 168; hour += 6) {
      const day = spending(T0 + hour * HOUR).reduce((sum, usd) => sum + usd, 0);
      expect(Math.abs(day / planned - 1)).toBeLessThan(0.2);
    }
  });

  it('shares by the square root of hazard over price, and spends the routine share of the budget', () => {
    const { staleMs } = shareOut(freshPool(20, T0), members, 0, T0, evenly);
    const [plain = 0, dear = 0, risky = 0] = staleMs;
    const usdPerDay = members.reduce((sum, { priceUsd }, k) => sum + (priceUsd * DAY) / (staleMs[k] ?? 1), 0);

    expect(dear / plain).toBeCloseTo(2, 9);
    expect(plain / risky).toBeCloseTo(2, 9);
    expect(usdPerDay).toBeCloseTo(20 * policy.demand.routineShare, 9);
  });

  it('draws less for a target whose users show that it works', () => {
    const told = members.map((member, k) =>
      k === 0 ? { ...member, reportGapMs: MINUTE, staleMs: HOUR } : member,
    );
    const [, alone = 0] = shareOut(freshPool(20, T0), members, 0, T0, policy.demand).staleMs;
    const [, helped = 0] = shareOut(freshPool(20, T0), told, 0, T0, policy.demand).staleMs;

    expect(helped).toBeLessThan(alone);
  });

  it('looks more rarely while more is spent than planned, and more often while less is, within bounds', () => {
    const grow = (spent: number) => {
      let pool = freshPool(20, T0);
      for (let hour = 0; hour < 2000; hour++)
        pool = shareOut(pool, members, spent, T0 + DAY, policy.demand).pool;
      return pool.gain;
    };

    expect(shareOut(freshPool(20, T0), members, 40, T0 + HOUR, policy.demand).pool.gain).toBe(1);
    expect(grow(40)).toBe(policy.demand.gainMax);
    expect(grow(0)).toBe(policy.demand.gainMin);
  });

  it('leaves nothing unseen for longer than half a day, however poor it is', () => {
    expect(shareOut(freshPool(0.001, T0), members, 0, T0, policy.demand).staleMs).toEqual(
      [12, 12, 12].map((h) => h * HOUR),
    );
  });
});

describe('hazard', () => {
  it('has a mean of 1 over the week, and is high in the working hours of America', () => {
    const hours = Array.from({ length: 168 }, (_, hour) => hourOfWeekFactor(T0 + hour * HOUR));

    expect(hours.reduce((sum, factor) => sum + factor, 0) / 168).toBeCloseTo(1, 9);
    // Tuesday and Sunday, 19:00 UTC.
    expect(hourOfWeekFactor(T0 + (24 + 19) * HOUR)).toBeGreaterThan(2);
    expect(hourOfWeekFactor(T0 + (144 + 19) * HOUR)).toBeLessThan(0.6);
  });

  it('rises with each outage of the target itself, and falls with quiet months, within bounds', () => {
    const flat = { ...policy, demand: { ...policy.demand, profileShare: 0 } };
    const hazard = (onsets: number, days: number) => hazardOf({ onsets, bornAt: T0 }, T0 + days * DAY, flat);

    expect(hazard(0, 0)).toBe(1);
    expect(hazard(5, 30)).toBeGreaterThan(1);
    expect(hazard(0, 30)).toBeLessThan(1);
    expect(hazard(1000, 30)).toBe(policy.demand.hazardMax);
    expect(hazard(0, 3000)).toBe(policy.demand.hazardMin);
  });
});
