/** A route over time: states change, and each plan follows the one before. */

import type { Health, TargetId, TargetState } from '../../src/core/model.ts';
import type { Route, RoutePlan } from '../../src/core/route.ts';
import type { RoutingPolicy } from '../../src/core/routing.ts';
import { DEFAULT_ROUTING } from '../../src/core/routing.ts';
import type { Moment } from '../../src/core/weights.ts';
import { planRoute } from '../../src/core/weights.ts';
import { NOON } from './life.ts';
import { membersOf, routeOf, stateIn } from './routes.ts';

export interface Course {
  at: number;
  route: Route;
  plan: RoutePlan;
  states: Map<TargetId, TargetState>;
  /** Lets `ms` pass, sets states by member, and plans. */
  go: (
    ms: number,
    changes?: Record<string, Health | Partial<TargetState>>,
    said?: Partial<Moment>,
  ) => RoutePlan;
  /** `47 53`: the weights in the order of the members. */
  weights: () => string;
}

/** @param row as in membersOf: `50 healthy, 50 healthy` are `p/0` and `p/1`, of two providers unless said otherwise */
export function courseOf(
  row: string,
  policy: Partial<RoutingPolicy> = {},
  change: Partial<Route> = {},
): Course {
  const members = membersOf(row);
  const route = routeOf(members, { policy: { ...DEFAULT_ROUTING, ...policy }, ...change });
  route.members = route.members.map((member, n) => ({ provider: `provider-${n}`, ...member }));
  const states = new Map(members.map(([id, , health]) => [id, stateIn(id, health, { passesEver: 10 })]));
  const moment = { epoch: 1, generation: 1, previous: 0, transition: null };
  const course: Course = {
    at: NOON,
    route,
    states,
    plan: planRoute(route, states, { ...moment, at: NOON }),
    go: (ms, changes = {}, said = {}) => {
      course.at += ms;
      for (const [id, to] of Object.entries(changes)) {
        const old = states.get(id)!;
        const next = typeof to === 'string' ? { ...stateIn(id, to), passesEver: old.passesEver } : to;
        const since = typeof to === 'string' ? course.at : old.since;
        states.set(id, { ...old, since, ...next });
      }
      course.plan = planRoute(route, states, { ...moment, at: course.at, before: course.plan, ...said });
      return course.plan;
    },
    weights: () => course.plan.members.map(({ weight }) => weight).join(' '),
  };
  return course;
}

/** What a target measured, all else unknown. */
export function measuring(change: Partial<NonNullable<TargetState['measures']>>): Partial<TargetState> {
  return {
    measures: { good: 0, bad: 0, at: NOON, failsInRow: 0, ttvMs: null, costPerSecondUsd: null, ...change },
  };
}

/** Two canaries in a row have failed: nobody waits to put it out. */
export const SURE = measuring({ failsInRow: 2, bad: 0 });
