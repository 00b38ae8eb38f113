/** The way out and the way back: who is put out when, and by which steps it gets its weight again. */

import type { Instant } from './base.ts';
import { MINUTE } from './base.ts';
import type { TargetId, TargetState } from './model.ts';
import type { Frozen, Held, PlanMember, Ramp, Route, RoutePlan } from './route.ts';
import type { RoutingPolicy } from './routing.ts';

/** A member with what the rules about going out and coming back say. */
export interface Passage {
  /** The share of its base weight that it keeps, 0..1. */
  share: number;
  ramp: Ramp | null;
  ejectedAt: Instant | null;
  held: Held | null;
}

export interface Passenger {
  provider: string;
  state: TargetState;
  /** What its state alone would leave it, 0..1. */
  share: number;
  old: PlanMember | null;
}

/** Canaries of a target in a row that failed, after which nobody waits to put it out. */
const SURE_FAILS = 2;

/** How much each member keeps, with the steps of the ramp and the pace of going out, in the order of the members. */
export function passagesOf(members: readonly Passenger[], at: Instant, policy: RoutingPolicy): Passage[] {
  const outs = new Map<string, Instant>();
  for (const { provider, state, share, old } of members)
    if (share === 0 && state.health !== 'retired' && old !== null && old.ejectedAt !== null)
      outs.set(provider, Math.max(old.ejectedAt, outs.get(provider) ?? 0));
  // Those of whom we are sure go first, then as they are named: whoever waits must not depend on the file's order.
  const order = members
    .map((member, n) => ({ member, n }))
    .toSorted((a, b) => Number(isSure(b.member)) - Number(isSure(a.member)) || compare(a.member, b.member));
  const passages: Passage[] = [];
  for (const { member, n } of order) passages[n] = passageOf(member, outs, at, policy);
  return passages;
}

/**
 * Whether so much went out at once that the weights are better held: the plan's own freeze, the one that it had
 * before, or none.
 * @param thawedAt freezes that began before then have been lifted by a person
 */
export function freezeOf(
  before: RoutePlan | null,
  members: readonly (Passage & { provider: string })[],
  { at, thawedAt }: { at: Instant; thawedAt: Instant | null },
  policy: RoutingPolicy,
): Frozen | null {
  const isVoid = (since: Instant) => since <= (thawedAt ?? -Infinity);
  const old = before?.frozen?.by === 'policy' && !isVoid(before.frozen.since) ? before.frozen : null;
  const out = members.filter(({ ejectedAt }) => ejectedAt !== null);
  if (old !== null && new Set(out.map(({ provider }) => provider)).size >= policy.freezeAt)
    return at - old.since < policy.freezeMs ? old : null;
  const fresh = out.filter(
    ({ ejectedAt }) => ejectedAt !== null && at - ejectedAt < policy.ejectGapMs && !isVoid(ejectedAt),
  );
  const providers = [...new Set(fresh.map(({ provider }) => provider))].toSorted();
  if (before === null || old !== null || providers.length < policy.freezeAt) return null;
  const why = `${providers.join(', ')} failed within ${policy.ejectGapMs / MINUTE} min: it may be our own mistake`;
  return { since: at, why, by: 'policy' };
}

/**
 * When another video of the target would give it the next part of its weight back, in any of these plans that is
 * followed; null where none is held back.
 */
export function rampDueAt(
  routes: readonly Route[],
  plans: ReadonlyMap<string, RoutePlan>,
  target: TargetId,
): Instant | null {
  const dueAts = routes.flatMap(({ id, mode, policy }) => {
    const ramp = plans.get(id)?.members.find((member) => member.target === target)?.ramp ?? null;
    return mode !== 'enforce' || ramp === null || ramp.step === 0 ? [] : [ramp.at + policy.rampStepMs];
  });
  return dueAts.length === 0 ? null : Math.min(...dueAts);
}

function passageOf(
  member: Passenger,
  outs: Map<string, Instant>,
  at: Instant,
  policy: RoutingPolicy,
): Passage {
  const { provider, state, share, old } = member;
  if (share > 0) return comingBack(member, at, policy);
  const isOut = old?.ramp?.step === 0;
  const out: Passage = {
    share: 0,
    ramp: isOut ? old.ramp : { step: 0, at, passes: state.passesEver },
    ejectedAt: state.health === 'retired' ? null : (old?.ejectedAt ?? state.since),
    held: null,
  };
  if (isOut || old === null || state.health === 'retired') return out;
  const isSoon = [...outs].some(([other, since]) => other !== provider && at - since < policy.ejectGapMs);
  if (isSoon && !isSure(member)) {
    const kept = Math.min(old.factors.state, policy.degradedShare);
    if (kept > 0) return { share: kept, ramp: old.ramp, ejectedAt: null, held: 'ejection' };
  }
  outs.set(provider, at);
  return { ...out, ejectedAt: at };
}

/** Each step of the ramp lasts for a while, and until another video has been made. */
function comingBack({ state, share, old }: Passenger, at: Instant, policy: RoutingPolicy): Passage {
  const free: Passage = { share, ramp: null, ejectedAt: null, held: null };
  const ramp = old?.ramp ?? null;
  if (ramp === null) return free;
  const isProven = state.passesEver > ramp.passes;
  // Well again without any video since: it was our mistake, and is taken back.
  if (ramp.step === 0 && !isProven && state.health === 'healthy') return free;
  const isDue = ramp.step === 0 || (isProven && at - ramp.at >= policy.rampStepMs);
  const next = isDue ? { step: ramp.step + 1, at, passes: state.passesEver } : ramp;
  const limit = policy.ramp[next.step - 1];
  if (limit === undefined) return free;
  return limit < share ? { ...free, share: limit, ramp: next, held: 'ramp' } : { ...free, ramp: next };
}

function isSure({ state }: Passenger): boolean {
  return (state.measures?.failsInRow ?? 0) >= SURE_FAILS;
}

function compare(a: Passenger, b: Passenger): number {
  return a.state.id < b.state.id ? -1 : a.state.id > b.state.id ? 1 : 0;
}
