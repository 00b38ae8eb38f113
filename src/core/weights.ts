/** From health to weights: what share of new jobs each target of a route should get. */

import type { Instant } from './base.ts';
import { invariant } from './base.ts';
import { notAfter } from './clock-step.ts';
import { measuredFactors, rawOf, stateFactorOf, twoDigits } from './factors.ts';
import type { Health, Reason, ShownState, TargetId, TargetState } from './model.ts';
import { byId } from './points.ts';
import type { Passage } from './ramp.ts';
import { freezeOf, passagesOf } from './ramp.ts';
import type { Factors, Frozen, Pin, PlanMember, Role, Route, RouteMember, RoutePlan } from './route.ts';
import type { RoutingPolicy } from './routing.ts';
import type { Settled } from './settle.ts';
import { settle } from './settle.ts';
import type { Claim } from './shares.ts';
import { sharesOf } from './shares.ts';

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

/** What a plan is made at, and what people have said. */
export interface Moment {
  at: Instant;
  epoch: number;
  generation: number;
  previous: number;
  transition: RoutePlan['transition'];
  /** The plan that this one follows; without it weights go straight to where they are wanted. */
  before?: RoutePlan | null;
  /** Those of this route; expired ones are ignored. */
  pins?: readonly Pin[];
  /** A person has stopped all movement. */
  frozen?: Frozen | null;
  /** Freezes of the policy's own that began before then have been lifted by a person. */
  thawedAt?: Instant | null;
}

/** A member of a route as it stands now. */
export interface Standing {
  member: RouteMember;
  state: TargetState;
  old: PlanMember | null;
  passage: Passage;
  factors: Factors;
  pin: Pin | null;
  isExcluded: boolean;
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
 * The plan of a route for the present states. Weights are integers that sum to 100 and are never all zero. Posture is
 * `spill` where more is asked for than well targets can take, or where only a reserve (base weight 0) is well; `panic`
 * where nobody deserves weight, and the base weights stand, because refusing every job helps nobody; `frozen` where
 * weights are held.
 * @param states one state for each member of the route
 */
export function planRoute(
  route: Route,
  states: Pick<ReadonlyMap<TargetId, TargetState>, 'get'>,
  given: Moment,
): RoutePlan {
  const { at, before = null } = given;
  // The clock was set back: no ramp, gap or freeze waits until it has caught up.
  const moment = before !== null && before.issuedAt > at ? { ...given, before: notAfter(before, at) } : given;
  const standings = standingsOf(route, states, moment);
  const claims = standings.map((standing) => claimOf(standing, route.policy));
  const settled = settle(route, standings, sharesOf(claims, route.policy), {
    at: moment.at,
    claims,
    before: moment.before ?? null,
    frozen: frozenBy(route, standings, moment),
  });
  const members = standings.map((standing, n) => memberOf(standing, settled, n));
  return {
    route: route.id,
    mode: route.mode,
    posture: settled.posture,
    epoch: moment.epoch,
    generation: moment.generation,
    previous: moment.previous,
    issuedAt: moment.at,
    members,
    fallback: fallbackOf(standings, members),
    frozen: settled.frozen,
    transition: moment.transition,
  };
}

/** Whether two plans tell a router the same, and are followed by the same. */
export function isSamePlan(a: RoutePlan, b: RoutePlan): boolean {
  return planKey(a) === planKey(b);
}

/** Time alone moves this plan: it is to be made anew every few seconds. */
export function isUnderWay({ members, frozen }: RoutePlan): boolean {
  return (
    frozen?.by === 'policy' ||
    members.some(({ held }) => held === 'rise' || held === 'ejection' || held === 'ramp')
  );
}

/** The provider of a member, as far as going out together is concerned. */
export function providerOf({ target, provider }: RouteMember): string {
  return provider ?? target.replace(/\/.*$/s, '');
}

function planKey(plan: RoutePlan): string {
  const members = plan.members.map((m) => [
    m.target,
    m.baseWeight,
    m.weight,
    m.role,
    m.state,
    m.ramp?.step,
    m.ejectedAt,
    m.pin,
    m.inFlightMax,
  ]);
  return JSON.stringify([plan.mode, plan.posture, members, plan.fallback, plan.frozen]);
}

function standingsOf(
  { id, members, policy }: Route,
  states: Pick<ReadonlyMap<TargetId, TargetState>, 'get'>,
  { at, before, pins = [] }: Moment,
): Standing[] {
  const own = members.map(({ target }) => {
    const state = states.get(target);
    invariant(state !== undefined, `route ${id} names ${target}, which has no state`);
    return state;
  });
  const olds = members.map(({ target }) => before?.members.find((old) => old.target === target) ?? null);
  const passages = passagesOf(
    members.map((member, n) => {
      const state = own[n] as TargetState;
      const share = stateFactorOf(state, policy);
      return { provider: providerOf(member), state, share, old: olds[n] ?? null };
    }),
    at,
    policy,
  );
  const measured = measuredFactors(own, at, policy);
  return members.map((member, n) => {
    const state = own[n] as TargetState;
    const passage = passages[n] as Passage;
    const pin = pins.findLast(({ target, until }) => target === member.target && until > at) ?? null;
    const others = measured[n] ?? { quality: 1, speed: 1, price: 1 };
    return {
      member,
      state,
      old: olds[n] ?? null,
      passage,
      factors: { state: twoDigits(passage.share), ...others, capped: false },
      pin,
      isExcluded: pin?.weight === 'exclude' || state.health === 'retired',
    };
  });
}

function frozenBy({ policy }: Route, standings: readonly Standing[], moment: Moment): Frozen | null {
  if (moment.frozen) return moment.frozen;
  const { at, before = null, thawedAt = null } = moment;
  const members = standings.map(({ member, passage }) => ({ ...passage, provider: providerOf(member) }));
  return freezeOf(before, members, { at, thawedAt }, policy);
}

function claimOf({ member, state, factors, pin, isExcluded }: Standing, policy: RoutingPolicy): Claim {
  return {
    raw: rawOf(member.baseWeight, factors, policy),
    merit: rawOf(1, factors, policy),
    baseWeight: member.baseWeight,
    quality: factors.quality,
    isLiving: state.health !== 'retired',
    isExcluded,
    ttvMs: state.measures?.ttvMs ?? null,
    inFlightMax: member.inFlightMax ?? null,
    pinned: typeof pin?.weight === 'number' ? pin.weight : null,
  };
}

function memberOf(standing: Standing, settled: Settled, n: number): PlanMember {
  const { member, state, passage, factors, pin, isExcluded } = standing;
  const weight = settled.weights[n] ?? 0;
  return {
    target: member.target,
    baseWeight: member.baseWeight,
    weight,
    role: roleOf(isExcluded, weight),
    state: shownState(state),
    since: shownSince(state),
    reason: shownReason(state),
    factors: { ...factors, capped: settled.capped[n] ?? false },
    wanted: settled.wanted[n] ?? 0,
    held: settled.held[n] ?? null,
    pin,
    inFlightMax: member.inFlightMax ?? null,
    ramp: passage.ramp,
    risen: settled.risen[n] ?? [],
    ejectedAt: passage.ejectedAt,
  };
}

function roleOf(isExcluded: boolean, weight: number): Role {
  if (weight > 0) return 'serve';
  return isExcluded ? 'exclude' : 'drain';
}

function fallbackOf(standings: readonly Standing[], members: readonly PlanMember[]): TargetId[] {
  return standings
    .map((standing, n) => ({ standing, weight: members[n]?.weight ?? 0 }))
    .filter(({ standing }) => !standing.isExcluded)
    .toSorted(
      (a, b) =>
        FALLBACK_RANK[a.standing.state.health] - FALLBACK_RANK[b.standing.state.health] ||
        b.weight - a.weight ||
        b.standing.member.baseWeight - a.standing.member.baseWeight ||
        byId(a.standing.member.target, b.standing.member.target),
    )
    .map(({ standing }) => standing.member.target);
}
