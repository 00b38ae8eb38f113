/** From health to weights: what share of new jobs each target of a route should get. */

import type { Instant } from './base.ts';
import { invariant } from './base.ts';
import type { Health, Reason, ShownState, TargetId, TargetState } from './model.ts';
import type { PlanMember, Posture, Role, Route, RoutePlan } from './route.ts';

/**
 * How much of its base weight a target keeps in each state. `unknown` keeps all of it: a monitor that has just
 * started must not move traffic.
 */
export const STATE_FACTOR: Record<Exclude<Health, 'suspect' | 'recovering'>, number> = {
  unknown: 1,
  healthy: 1,
  degraded: 0.35,
  down: 0,
  retired: 0,
};

/** Whom to try first when the first choice has failed. */
const FALLBACK_RANK: Record<Health, number> = {
  healthy: 0,
  recovering: 1,
  unknown: 2,
  degraded: 3,
  suspect: 4,
  down: 5,
  retired: 6,
};

export const WEIGHT_TOTAL = 100;

/** A member of a route as it stands now. */
interface Standing {
  target: TargetId;
  baseWeight: number;
  state: TargetState;
  factor: number;
}

/** What is shown of a state: `blind` lies over health, which is held beneath it. */
export function shownState(state: TargetState): ShownState {
  return state.blind === null ? state.health : 'blind';
}

export function shownReason(state: TargetState): Reason {
  return state.blind === null ? state.reason : { code: state.blind.cause, text: state.blind.text };
}

export function shownSince(state: TargetState): Instant {
  return state.blind === null ? state.since : state.blind.since;
}

/**
 * The plan of a route for the present states. Weights are integers that sum to 100 and are never all zero: where only
 * a reserve (base weight 0) deserves weight, posture is `spill`; where no target does, it is `panic` and the base
 * weights stand, because refusing every job helps nobody.
 * @param states one state for each member of the route
 */
export function planRoute(
  route: Route,
  states: ReadonlyMap<TargetId, TargetState>,
  moment: {
    at: Instant;
    epoch: number;
    generation: number;
    previous: number;
    transition: RoutePlan['transition'];
  },
): RoutePlan {
  const members = route.members.map(({ target, baseWeight }) => {
    const state = states.get(target);
    invariant(state !== undefined, `route ${route.id} names ${target}, which has no state`);
    return { target, baseWeight, state, factor: factorOf(state) };
  });
  const { posture, shares } = sharesOf(members);
  const weights = integersOf(shares);
  const planned: PlanMember[] = members.map(({ target, baseWeight, state, factor }, n) => ({
    target,
    baseWeight,
    weight: weights[n] ?? 0,
    role: roleOf(state.health, weights[n] ?? 0),
    state: shownState(state),
    since: shownSince(state),
    reason: shownReason(state),
    factors: { state: factor },
  }));
  return {
    route: route.id,
    mode: route.mode,
    posture,
    epoch: moment.epoch,
    generation: moment.generation,
    previous: moment.previous,
    issuedAt: moment.at,
    members: planned,
    fallback: fallbackOf(members),
    transition: moment.transition,
  };
}

/** The share of its base weight that a target keeps, 0..1: where there is no verdict, routers follow belief. */
export function factorOf({ health, trust }: TargetState): number {
  return health === 'suspect' || health === 'recovering' ? trust : STATE_FACTOR[health];
}

/**
 * Who gets how much: the first of these that is not all zero. Those of base weight 0 are a reserve: it takes no share
 * while others can, but all of it before anybody orders from what is down; and what is retired comes last of all.
 */
function sharesOf(members: readonly Standing[]): { posture: Posture; shares: number[] } {
  const living = members.map(({ state }) => (state.health === 'retired' ? 0 : 1));
  const ladder: { posture: Posture; shares: number[] }[] = [
    { posture: 'normal', shares: members.map(({ baseWeight, factor }) => baseWeight * factor) },
    { posture: 'spill', shares: members.map(({ factor }) => factor) },
    { posture: 'panic', shares: members.map(({ baseWeight }, n) => baseWeight * (living[n] ?? 0)) },
    { posture: 'panic', shares: living },
  ];
  const base = members.map(({ baseWeight }) => baseWeight);
  return ladder.find(({ shares }) => sum(shares) > 0) ?? { posture: 'panic', shares: base };
}

/** Whether two plans tell a router the same. */
export function isSamePlan(a: RoutePlan, b: RoutePlan): boolean {
  return planKey(a) === planKey(b);
}

function planKey(plan: RoutePlan): string {
  const members = plan.members.map((m) => [m.target, m.baseWeight, m.weight, m.role, m.state]);
  return JSON.stringify([plan.mode, plan.posture, members, plan.fallback]);
}

function roleOf(health: Health, weight: number): Role {
  if (weight > 0) return 'serve';
  return health === 'retired' ? 'exclude' : 'drain';
}

function fallbackOf(members: readonly Standing[]): TargetId[] {
  return members
    .filter(({ state }) => state.health !== 'retired')
    .toSorted(
      (a, b) => FALLBACK_RANK[a.state.health] - FALLBACK_RANK[b.state.health] || b.baseWeight - a.baseWeight,
    )
    .map(({ target }) => target);
}

/** Largest remainder (Hamilton's method): integers in the proportion of the shares that sum to exactly 100. */
export function integersOf(shares: readonly number[]): number[] {
  const total = sum(shares);
  invariant(total > 0, 'a route without any weight');
  const exact = shares.map((share) => (share / total) * WEIGHT_TOTAL);
  const whole = exact.map((value) => Math.floor(value + 1e-9));
  const order = exact
    .map((value, n) => ({ n, rest: value - (whole[n] ?? 0) }))
    .toSorted((a, b) => b.rest - a.rest || a.n - b.n);
  const missing = WEIGHT_TOTAL - sum(whole);
  for (const { n } of order.slice(0, missing)) whole[n] = (whole[n] ?? 0) + 1;
  return whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
