/** What holds of every plan, whatever the states; and the integers that weights are. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEALTHS } from '../../src/core/model.ts';
import { stateFactorOf } from '../../src/core/factors.ts';
import { integersOf } from '../../src/core/points.ts';
import { DEFAULT_ROUTING } from '../../src/core/routing.ts';
import type { Member } from './routes.ts';
import { planOf, weightsOf } from './routes.ts';

const anyMembers: fc.Arbitrary<Member[]> = fc
  .array(
    fc.tuple(
      fc.oneof(
        fc.constant(0),
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0.001, max: 1, noNaN: true }),
      ),
      // Small and dark worlds are the interesting ones.
      fc.oneof(fc.constantFrom('down' as const, 'retired' as const), fc.constantFrom(...HEALTHS)),
      fc.constantFrom('blind' as const, undefined),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .filter((rows) => rows.some(([baseWeight]) => baseWeight > 0))
  .map((rows) => rows.map(([base, health, blind], n) => [`p/${n}`, base, health, blind] as Member));

const factorIn = (health: Member[2]) => stateFactorOf({ health, trust: 1 }, DEFAULT_ROUTING);

describe('whatever the states', () => {
  it('weights are integers that sum to 100', () => {
    fc.assert(
      fc.property(anyMembers, (members) => {
        const weights = planOf(members).members.map(({ weight }) => weight);

        expect(weights.every((weight) => Number.isInteger(weight) && weight >= 0)).toBe(true);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(100);
      }),
    );
  });

  it('there is panic exactly when nobody deserves weight, and spill when only the reserve does', () => {
    fc.assert(
      fc.property(anyMembers, (members) => {
        const deserving = members.filter(([, , health]) => factorIn(health) > 0);
        const expected = deserving.some(([, base]) => base > 0) ? 'normal' : deserving[0] ? 'spill' : 'panic';

        expect(planOf(members).posture).toBe(expected);
      }),
    );
  });

  it('what is retired serves only where all are', () => {
    fc.assert(
      fc.property(anyMembers, (members) => {
        const plan = planOf(members);
        const isOneAlive = members.some(([, , health]) => health !== 'retired');
        const retired = plan.members.filter((_, n) => members[n]?.[2] === 'retired');

        expect(retired.filter(({ role }) => isOneAlive && role !== 'exclude')).toEqual([]);
      }),
    );
  });

  it('what is down serves only in a panic', () => {
    fc.assert(
      fc.property(anyMembers, (members) => {
        const plan = planOf(members);
        const serving = plan.members.filter(({ factors, weight }) => factors.state === 0 && weight > 0);

        expect(plan.posture === 'panic' || serving.length === 0).toBe(true);
      }),
    );
  });

  it('the fallback names each living target once', () => {
    fc.assert(
      fc.property(anyMembers, (members) => {
        const living = members.filter(([, , health]) => health !== 'retired').map(([target]) => target);

        expect(planOf(members).fallback.toSorted()).toEqual(living.toSorted());
      }),
    );
  });

  it('being blind moves no weight', () => {
    fc.assert(
      fc.property(anyMembers, (members) => {
        const sighted = members.map(([target, base, health]): Member => [target, base, health]);

        expect(weightsOf(members)).toBe(weightsOf(sighted));
      }),
    );
  });
});

describe('integers of shares', () => {
  it.each([
    [
      [1, 1, 1],
      [34, 33, 33],
    ],
    [
      [1, 2],
      [33, 67],
    ],
    [
      [0, 5],
      [0, 100],
    ],
    [
      [0.1, 0.2, 0.7],
      [10, 20, 70],
    ],
    [Array.from({ length: 8 }, () => 1), [13, 13, 13, 13, 12, 12, 12, 12]],
  ])('%j become %j', (shares, points) => {
    expect(integersOf(shares)).toEqual(points);
  });

  it('each err by less than one point', () => {
    const anyShares = fc
      .array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 })
      .filter((shares) => shares.some((share) => share > 1e-6));
    fc.assert(
      fc.property(anyShares, (shares) => {
        const total = shares.reduce((sum, share) => sum + share, 0);
        const errors = integersOf(shares).map((points, n) =>
          Math.abs(points - ((shares[n] ?? 0) / total) * 100),
        );

        expect(Math.max(...errors)).toBeLessThan(1);
      }),
    );
  });

  it.each([[[]], [[0]], [[0, 0]]])('of %j do not exist', (shares) => {
    expect(() => integersOf(shares)).toThrow('a route without any weight');
  });
});
