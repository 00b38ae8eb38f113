/** From wanted shares to weights: integers, held where people or the rules say so, and moved no faster than allowed. */

import type { Instant } from './base.ts';
import { integersOf, sum } from './points.ts';
import { limited, recentRises } from './rise.ts';
import type { Frozen, Held, Posture, Route, RoutePlan } from './route.ts';
import type { Claim, Shares } from './shares.ts';
import { heldShares } from './shares.ts';
import type { Standing } from './weights.ts';

/** Everything in the order of the route's members. */
export interface Settled {
  posture: Posture;
  frozen: Frozen | null;
  weights: number[];
  wanted: number[];
  capped: boolean[];
  held: (Held | null)[];
  risen: [at: Instant, points: number][][];
}

interface Given {
  at: Instant;
  claims: readonly Claim[];
  before: RoutePlan | null;
  frozen: Frozen | null;
}

export function settle(
  route: Route,
  standings: readonly Standing[],
  { posture, shares, capped }: Shares,
  given: Given,
): Settled {
  const { at, before } = given;
  const ids = route.members.map(({ target }) => target);
  const wanted = integersOf(shares, undefined, ids);
  const olds = standings.map(({ old }) => old?.weight ?? 0);
  const base = { frozen: given.frozen, wanted, capped };
  if (given.frozen !== null) {
    const isPinnedOut = standings.map(({ pin }) => pin?.weight === 'exclude');
    // Before there is any plan, the first one is what is held.
    const last = sum(olds) > 0 ? olds : wanted;
    const weights = integersOf(heldShares(given.claims, last, isPinnedOut), undefined, ids);
    return { ...base, posture: 'frozen', weights, ...traces(standings, weights, wanted, at, 'frozen') };
  }
  // The first plan, and one for a time in which nobody deserves weight, have nothing to be careful of.
  const isFree = before === null || sum(olds) === 0 || posture === 'panic' || before.posture === 'panic';
  if (isFree) return { ...base, posture, weights: wanted, ...traces(standings, wanted, wanted, at, null) };
  if (isIdle(route, standings, posture, before, wanted)) {
    return { ...base, posture, weights: olds, ...traces(standings, olds, wanted, at, 'deadband') };
  }
  const weights = limited(
    standings.map((standing, n) => ({
      id: standing.member.target,
      from: olds[n] ?? 0,
      to: wanted[n] ?? 0,
      risen: standing.old?.risen ?? [],
      isLiving: !standing.isExcluded && standing.passage.share > 0,
      isFree: standing.pin !== null,
    })),
    at,
    route.policy.risePerMinute,
  );
  return { ...base, posture, weights, ...traces(standings, weights, wanted, at, 'rise') };
}

/** Nothing has happened but that measures drift a little. */
function isIdle(
  { members, policy }: Route,
  standings: readonly Standing[],
  posture: Posture,
  before: RoutePlan,
  wanted: readonly number[],
): boolean {
  if (before.posture !== posture || before.members.length !== members.length) return false;
  const isNews = standings.some(({ member, state, old, pin, passage, isExcluded }) => {
    if (old === null || old.held === 'rise' || old.baseWeight !== member.baseWeight) return true;
    // Becoming blind, or seeing again, says nothing about the target: weights are held.
    const hasTurned = old.state !== state.health && old.state !== 'blind' && state.blind === null;
    const isMoved = old.ramp?.step !== passage.ramp?.step || hasTurned;
    return isMoved || JSON.stringify(old.pin) !== JSON.stringify(pin) || (isExcluded && old.weight > 0);
  });
  return (
    !isNews &&
    standings.every(({ old }, n) => Math.abs((wanted[n] ?? 0) - (old?.weight ?? 0)) < policy.deadband)
  );
}

/** What is kept of each member to plan the next time by. */
function traces(
  standings: readonly Standing[],
  weights: readonly number[],
  wanted: readonly number[],
  at: Instant,
  why: Held | null,
): Pick<Settled, 'held' | 'risen'> {
  return {
    held: standings.map(({ pin, passage }, n) => {
      if (pin !== null) return 'pin';
      if (why === 'frozen') return why;
      return weights[n] === wanted[n] ? passage.held : why;
    }),
    risen: standings.map(({ old }, n) => {
      const points = (weights[n] ?? 0) - (old?.weight ?? 0);
      const recent = recentRises(old?.risen ?? [], at);
      return old !== null && points > 0 ? [...recent, [at, points]] : recent;
    }),
  };
}
