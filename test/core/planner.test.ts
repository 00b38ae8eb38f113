/** What holds of every plan of every course of a route, whatever happens to its targets. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/core/base.ts';
import type { Health } from '../../src/core/model.ts';
import { HEALTHS } from '../../src/core/model.ts';
import type { Frozen, Pin, RoutePlan } from '../../src/core/route.ts';
import { DEFAULT_ROUTING } from '../../src/core/routing.ts';
import { isSamePlan, planRoute } from '../../src/core/weights.ts';
import { NOON } from './life.ts';
import type { Course } from './plans.ts';
import { courseOf, measuring } from './plans.ts';
import { stateIn } from './routes.ts';

const MEMBERS = 4;

interface Step {
  ms: number;
  member: number;
  health: Health;
  trust: number;
  passes: number;
  measured: {
    good: number;
    bad: number;
    failsInRow: number;
    ttvMs: number | null;
    costPerSecondUsd: number | null;
  };
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  ms: fc.oneof(
    fc.constantFrom(0, SECOND, 15 * SECOND, 45 * SECOND, MINUTE),
    fc.integer({ min: 0, max: 10 * MINUTE }),
  ),
  member: fc.nat(MEMBERS - 1),
  health: fc.oneof(fc.constantFrom<Health>('healthy', 'down'), fc.constantFrom(...HEALTHS)),
  trust: fc.double({ min: 0.05, max: 1, noNaN: true }),
  passes: fc.nat(1),
  measured: fc.record({
    good: fc.nat(20),
    bad: fc.nat(20),
    failsInRow: fc.nat(3),
    ttvMs: fc.option(fc.integer({ min: 1, max: 600_000 })),
    costPerSecondUsd: fc.option(fc.double({ min: 0, max: 2, noNaN: true })),
  }),
});
const anySteps = fc.array(anyStep, { minLength: 1, maxLength: 25 });
const anyPins = fc.array(
  fc.record({
    target: fc.constantFrom('p/0', 'p/1', 'p/2'),
    weight: fc.oneof(fc.nat(100), fc.constant('exclude' as const)),
    until: fc.integer({ min: NOON, max: NOON + 20 * MINUTE }),
    author: fc.constant('ada'),
    reason: fc.constant('because'),
  }),
  { maxLength: 4 },
);
const anyCapacity = fc.option(fc.double({ min: 0.01, max: 10, noNaN: true }));

function courseWith(demandPerS: number | null): Course {
  const course = courseOf('50 healthy, 30 healthy, 20 healthy, 0 healthy', { demandPerS });
  course.route.members = course.route.members.map((member, n) => ({
    ...member,
    ...(n > 0 && { inFlightMax: 20 }),
  }));
  return course;
}

function take(
  course: Course,
  step: Step,
  pins: readonly Pin[] = [],
  frozen: Frozen | null = null,
): RoutePlan {
  const id = `p/${step.member}`;
  const old = course.states.get(id)!;
  const trust = step.health === 'suspect' || step.health === 'recovering' ? step.trust : 1;
  const change = {
    ...stateIn(id, step.health, { trust }),
    ...measuring({ ...step.measured, at: course.at }),
    passesEver: old.passesEver + step.passes,
  };
  return course.go(step.ms, { [id]: change }, { pins, frozen });
}

/** When a target's weight rose lately, and by how much. */
type Risen = Map<string, [at: number, points: number][]>;

/** Plays a course and looks at each plan with the one before. */
function always(
  holds: (plan: RoutePlan, before: RoutePlan, course: Course, risen: Risen) => void,
  pins: fc.Arbitrary<Pin[]> = fc.constant([]),
): void {
  fc.assert(
    fc.property(anySteps, pins, anyCapacity, (steps, said, demand) => {
      const course = courseWith(demand);
      const risen: Risen = new Map();
      for (const step of steps) {
        const before = course.plan;
        holds(take(course, step, said), before, course, risen);
      }
    }),
    { numRuns: 200 },
  );
}

function weightsOf(plan: RoutePlan): number[] {
  return plan.members.map(({ weight }) => weight);
}

/** Whom pins concern: what a pin can do depends on who is retired. */
function pinsIn({ members }: RoutePlan): string {
  return JSON.stringify(members.map(({ state, pin }) => [pin, state === 'retired']));
}

describe('whatever happens to its targets, a route', () => {
  it('has integers that sum to 100, pinned or not', () => {
    always((plan) => {
      expect(weightsOf(plan).every((weight) => Number.isInteger(weight) && weight >= 0)).toBe(true);
      expect(weightsOf(plan).reduce((a, b) => a + b)).toBe(100);
    }, anyPins);
  });

  it('keeps to that while a person freezes it and pins, and then moves only what is pinned', () => {
    const frozen = { since: NOON, why: 'migration', by: 'ada' };
    const anyFreeze = fc.record({ from: fc.nat(12), steps: fc.nat(12) });
    fc.assert(
      fc.property(anySteps, anyPins, anyFreeze, (steps, pins, { from, steps: length }) => {
        const course = courseWith(null);
        for (const [n, step] of steps.entries()) {
          const before = course.plan;
          const isFrozen = n >= from && n < from + length;
          const plan = take(course, step, pins, isFrozen ? frozen : null);
          const moved = plan.members.some(({ weight }, n) => weight !== before.members[n]?.weight);
          const [pinned, wasPinned] = [pinsIn(plan), pinsIn(before)];

          expect(weightsOf(plan).every((weight) => Number.isInteger(weight) && weight >= 0)).toBe(true);
          expect(weightsOf(plan).reduce((a, b) => a + b)).toBe(100);
          expect([plan.posture === 'frozen', plan.frozen?.by === 'ada']).toEqual([
            plan.frozen !== null,
            isFrozen,
          ]);
          expect(isFrozen && before.posture === 'frozen' && pinned === wasPinned && moved).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('names each target in the fallback but those that are excluded, which have no weight', () => {
    always((plan) => {
      const isExcluded = plan.members.map(
        ({ state, pin }) => state === 'retired' || pin?.weight === 'exclude',
      );
      const wanted = plan.members.filter((_, n) => isExcluded[n] === false).map(({ target }) => target);
      const serving = plan.members.filter(({ weight }, n) => isExcluded[n] === true && weight > 0);

      expect(plan.fallback.toSorted()).toEqual(wanted);
      expect(plan.posture === 'frozen' || wanted.length === 0 || serving.length === 0).toBe(true);
    }, anyPins);
  });

  it('raises no weight by more than 20 points a minute, unless all that is well has risen as far', () => {
    always((plan, before, course, risen) => {
      const isFree = [plan.posture, before.posture].includes('panic');
      const rooms = plan.members.map(({ target, weight, factors }, n) => {
        const points = weight - (before.members[n]?.weight ?? 0);
        const recent = (risen.get(target) ?? []).filter(([at]) => course.at - at < MINUTE);
        if (points > 0) recent.push([course.at, points]);
        risen.set(target, recent);
        return {
          room: 20 - recent.reduce((sum, [, rise]) => sum + rise, 0),
          points,
          isWell: factors.state > 0,
        };
      });
      const isOver = rooms.some(({ room, points }) => points > 0 && room < 0);
      const isRoomLeft = rooms.some(({ room, isWell }) => isWell && room > 0);
      const isFall = rooms.some(({ points, isWell }) => isWell && points < 0);

      expect(isFree || !isOver || (!isRoomLeft && !isFall)).toBe(true);
    });
  });

  it('ramps: no step is left out, none is shorter than 45 s, and each but the first had a new video', () => {
    always((plan, before, course) => {
      plan.members.forEach(({ ramp, target }, n) => {
        const old = before.members[n]?.ramp ?? null;
        if (old === null || ramp === null || ramp.step === old.step || ramp.step === 0) return;

        expect(ramp.step).toBe(old.step + 1);
        if (old.step === 0) return;
        expect(course.at - old.at).toBeGreaterThanOrEqual(45 * SECOND);
        expect(course.states.get(target)!.passesEver).toBeGreaterThan(old.passes);
      });
    });
  });

  it('gives a target on its way back no more than its step allows', () => {
    always(({ members }) => {
      const over = members.filter(
        ({ ramp, factors }) => ramp !== null && factors.state > (DEFAULT_ROUTING.ramp[ramp.step - 1] ?? 0),
      );

      expect(over).toEqual([]);
    });
  });

  it('moves by less than three points only where something has happened', () => {
    always((plan, before) => {
      const moves = plan.members.map(({ weight }, n) => Math.abs(weight - (before.members[n]?.weight ?? 0)));
      const isNews =
        plan.posture !== before.posture ||
        plan.members.some((member, n) => {
          const old = before.members[n];
          return old?.state !== member.state || old.ramp?.step !== member.ramp?.step || old.held === 'rise';
        });
      const isMoved = moves.some((move) => move > 0);

      expect(
        !isMoved ||
          isNews ||
          plan.members.some(
            ({ held, wanted }, n) =>
              held === 'rise' || Math.abs(wanted - (before.members[n]?.weight ?? 0)) >= 3,
          ),
      ).toBe(true);
    });
  });

  it('stays as it is when it is planned again at once', () => {
    always((plan, _, course) => {
      const again = planRoute(course.route, course.states, { ...plan, at: course.at, before: plan });

      expect(weightsOf(again)).toEqual(weightsOf(plan));
      expect(isSamePlan({ ...again, members: plan.members }, plan)).toBe(true);
    });
  });

  it('does not depend on the order of its members', () => {
    fc.assert(
      fc.property(anySteps, anyCapacity, (steps, demand) => {
        const one = courseWith(demand);
        const other = courseWith(demand);
        other.route.members = other.route.members.toReversed();
        const first = planRoute(other.route, other.states, { ...other.plan, at: NOON });
        other.plan = first;
        for (const step of steps) {
          take(one, step);
          take(other, step);

          expect(weightsOf(other.plan).toReversed()).toEqual(weightsOf(one.plan));
          expect(other.plan.fallback).toEqual(one.plan.fallback);
        }
      }),
    );
  });
});
