import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { nextProbe } from '../../src/core/demand.ts';
import { DEFAULT_BELIEF } from '../../src/core/explanations.ts';
import { decide } from '../../src/core/judgement.ts';
import type { Cause, UserReport } from '../../src/core/model.ts';
import { observe } from '../../src/core/evidence.ts';
import { freshBelief } from '../../src/core/belief.ts';
import type { Observation } from '../../src/core/observation.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { isAccused, SENDERS_MAX } from '../../src/core/senders.ts';
import { type Life, NOON, wellLife } from './life.ts';
import { live, type User } from './town.ts';
import { PLENTY } from './observations.ts';

const { detection } = DEFAULT_POLICY;

const users = (count: number, more: Partial<User>): User[] =>
  Array.from({ length: count }, (_, n) => ({ name: `${n}`, jobsPerMinute: 1, fails: () => 1, ...more }));
const canaryIn = (life: Life, everyMs: number | null) => (at: number) => {
  if (everyMs !== null && (at - NOON) % everyMs === 0) life.run(at, 'pass');
};
const heard = (life: Life, at: number, reports: UserReport[]) =>
  life.heard({ at, reports, good: 0, bad: reports.length, spanMs: MINUTE });
const failure = (at: number, reporter: string, sender: string): UserReport => ({
  at,
  submittedAt: at,
  reporter,
  sender,
  is: 'fail',
});
/** Canaries that would be ordered now, by somebody who has the money. */
const ordered = (life: Life, at: number): number => {
  if (life.state.belief === null) return 0;
  const judgement = decide(life.state.belief, [], at, detection);
  const situation = {
    judgement,
    flying: [],
    hazard: 1,
    staleMs: HOUR,
    at,
    affordable: () => 10,
    lookBudget: () => PLENTY,
  };
  return nextProbe(situation, detection).count;
};

describe('a sender that lies', () => {
  const liar = fc.record({
    names: fc.integer({ min: 1, max: 150 }),
    jobsPerMinute: fc.constantFrom(0.1, 1, 10),
    share: fc.double({ min: 0.1, max: 1, noNaN: true }),
    cause: fc.constantFrom<Cause>(
      'unavailable',
      'overloaded',
      'timeout',
      'bad_output',
      'moderated',
      'retired',
    ),
    tookMs: fc.constantFrom(1_000, 60_000, 10 * MINUTE),
    seed: fc.integer({ min: 1, max: 1_000_000 }),
  });

  it('opens no incident while canaries pass, whatever it says and in however many names', () => {
    const property = fc.property(
      liar,
      fc.constantFrom(2 * MINUTE, 10 * MINUTE, HOUR),
      ({ names, jobsPerMinute, share, cause, tookMs, seed }, everyMs) => {
        const life = wellLife();
        const lies = users(names, { jobsPerMinute, fails: () => share, cause, tookMs });
        live(life, {
          users: lies,
          from: NOON,
          until: NOON + 40 * MINUTE,
          seed,
          each: canaryIn(life, everyMs),
        });

        expect(life.told).toEqual([]);
      },
    );

    fc.assert(property, { numRuns: 15 });
  });

  it.each([1, 10, 250])('opens none in %i names where no canary ever comes', (names) => {
    const life = wellLife();
    const lies = users(names, { jobsPerMinute: 100 / names });
    live(life, { users: lies, from: NOON, until: NOON + 2 * HOUR });

    expect(life.told).toEqual([]);
    expect(life.state.belief?.badGenerations).toBeLessThanOrEqual(1);
  });

  it('opens none beside an honest router, some of whose jobs always fail', () => {
    const life = wellLife();
    const lies = users(200, { sender: 'liar' });
    const honest = users(20, { sender: 'router', fails: () => 0.04 });
    live(life, {
      users: [...lies, ...honest],
      from: NOON,
      until: NOON + HOUR,
      each: canaryIn(life, 10 * MINUTE),
    });

    expect(life.told).toEqual([]);
  });

  it('is no proof beside one canary that failed by accident', () => {
    const life = wellLife();
    const lies = users(100, {});
    live(life, { users: lies, from: NOON, until: NOON + 5 * MINUTE });
    life.run(NOON + 5 * MINUTE, 'unavailable');
    life.run(NOON + 6 * MINUTE, 'pass');
    live(life, { users: lies, from: NOON + 6 * MINUTE, until: NOON + 40 * MINUTE });

    expect(life.told).toEqual([]);
  });

  it('costs a bounded number of canaries, all of which pass', () => {
    const life = wellLife();
    let count = 0;
    const each = (at: number) => {
      if (at % (10 * SECOND) !== 0 || ordered(life, at) === 0) return;
      life.run(at, 'pass');
      count += 1;
    };
    live(life, { users: users(100, {}), from: NOON, until: NOON + 6 * HOUR, each });

    expect(life.told).toEqual([]);
    expect(count).toBeGreaterThan(6);
    expect(count).toBeLessThanOrEqual(6 * detection.demand.burstsPerHourMax);
  });
});

describe('a sender that tells the truth', () => {
  const outage = (at: number) => (at >= NOON + 10 * MINUTE ? 0.97 : 0.02);
  const honest = users(40, { jobsPerMinute: 0.5, fails: outage });

  it('is suspicion enough for a canary within half a minute, though traffic goes on', () => {
    const life = wellLife();
    life.run(NOON, 'pass');
    let orderedAt: number | null = null;
    const each = (at: number) => {
      if (orderedAt === null && at > NOON && ordered(life, at) > 0) orderedAt = at;
    };
    live(life, { users: honest, from: NOON, until: NOON + 15 * MINUTE, each });

    expect(orderedAt).toBeGreaterThanOrEqual(NOON + 10 * MINUTE);
    expect(orderedAt).toBeLessThanOrEqual(NOON + 11 * MINUTE + 10 * SECOND);
    expect(life.told).toEqual([]);
  });

  it('makes an incident together with fewer canaries than would do alone', () => {
    const neededWith = (traffic: readonly User[]): number => {
      const life = wellLife();
      live(life, { users: traffic, from: NOON, until: NOON + 12 * MINUTE });
      for (let n = 1; n < 10; n++)
        if (life.run(NOON + 12 * MINUTE + n * 30 * SECOND, 'unavailable').length > 0) return n;
      return Infinity;
    };

    expect(neededWith(honest)).toBeLessThan(neededWith([]));
  });

  it('is one sign; a second one is another matter', () => {
    const life = wellLife();
    for (let n = 0; n < 30; n++) heard(life, NOON + n * SECOND, [failure(NOON + n * SECOND, `${n}`, 'east')]);
    expect(life.told).toEqual([]);
    for (let n = 30; n < 60; n++)
      heard(life, NOON + n * SECOND, [failure(NOON + n * SECOND, `${n}`, 'west')]);

    expect(life.told[0]?.type).toBe('incident.opened');
  });
});

describe('what a sender says', () => {
  const seen = fc.record({
    afterMs: fc.integer({ min: 0, max: 5 * MINUTE }),
    reporter: fc.integer({ min: 0, max: 500 }),
    is: fc.constantFrom('fail', 'refused', 'gone', 'bad_output', 'slow', 'ok'),
    sender: fc.integer({ min: 0, max: 30 }),
  });
  const observed = ({ is, reporter }: { is: string; reporter: number }, sender: string, at: number) =>
    ({
      kind: 'report',
      at,
      submittedAt: at,
      reporter: `${reporter}`,
      sender,
      outcome:
        is === 'ok' || is === 'slow'
          ? { is: 'ok', durationMs: is === 'ok' ? 60_000 : 600_000 }
          : is === 'fail'
            ? { is, ended: 'later' }
            : { is },
    }) as Observation;

  it('never makes a fault likelier than its bound allows, nor more than one sign', () => {
    const property = fc.property(fc.array(seen, { maxLength: 300, size: 'max' }), (all) => {
      let belief = freshBelief(NOON, 60_000, DEFAULT_BELIEF);
      let at = NOON;
      for (const each of all) {
        at += each.afterMs / 100;
        belief = observe(belief, observed(each, 'liar', at), DEFAULT_BELIEF);
        const said = belief.senders?.at(-1);
        expect(said?.logOdds ?? 0).toBeLessThanOrEqual(Math.log(DEFAULT_BELIEF.senderFactorMax) + 1e-9);
      }
      expect(belief.badGenerations).toBeLessThanOrEqual(1);
      expect(belief.probabilities.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
      expect(decide(belief, [], at, detection).belief.alert).toBeNull();
    });

    fc.assert(property, { numRuns: 60 });
  });

  it('is remembered of a bounded number of senders, the newest of them', () => {
    let belief = freshBelief(NOON, 60_000, DEFAULT_BELIEF);
    for (let n = 0; n < 100; n++)
      belief = observe(
        belief,
        observed({ is: 'fail', reporter: n }, `sender ${n}`, NOON + n),
        DEFAULT_BELIEF,
      );

    expect(belief.senders).toHaveLength(SENDERS_MAX);
    expect(belief.senders?.at(-1)?.at).toBe(NOON + 99);
  });

  it('fades, so that it may be said again', () => {
    let belief = freshBelief(NOON, 60_000, DEFAULT_BELIEF);
    for (let n = 0; n < 50; n++)
      belief = observe(belief, observed({ is: 'fail', reporter: n }, 'router', NOON + n), DEFAULT_BELIEF);

    expect(isAccused(belief, NOON + 50, DEFAULT_BELIEF)).toBe(true);
    expect(isAccused(belief, NOON + 3 * DEFAULT_BELIEF.senderMs, DEFAULT_BELIEF)).toBe(false);
  });
});
