/** One budget for all: how old the last proof of life of each target may grow, so that the money detects the most. */

import type { Instant } from './base.ts';
import { clamp, DAY } from './base.ts';
import type { DemandPolicy } from './detection.ts';
import { dayShape } from './hazard.ts';

/** What the targets that are paid from one budget have in common. */
export interface Pool {
  budgetUsdPerDay: number;
  /** Stretches all stale limits until spending meets the plan. */
  gain: number;
  /** Sum over targets of what each would draw; see `shareOut`. */
  draw: number;
  /** When the pool began; spending is compared only once half a day of it is known. */
  bornAt: Instant;
}

/** A target as the pool sees it. */
export interface Member {
  priceUsd: number;
  hazard: number;
  /** The usual gap between users' outcomes; null where there are none. */
  reportGapMs: number | null;
  /** Its present stale limit; null before the first. */
  staleMs: number | null;
}

/** Keeps a pool of nothing finite. */
const DRAW_MIN = 0.05;
const STALE_MS_FIRST = 3_600_000;

export function freshPool(budgetUsdPerDay: number, at: Instant): Pool {
  return { budgetUsdPerDay, gain: 1, draw: 1, bornAt: at };
}

/**
 * To be called once an hour. The square-root rule: the expected loss, the sum of hazard / rate, is least for a given
 * spend, the sum of rate x price, where rate is proportional to sqrt(hazard / price) (Lagrange; the same rule spreads
 * inspections in maintenance and crawls over pages). Traffic that shows life for free covers for canaries. What is
 * really spent corrects the plan by `gain`.
 * @returns the pool, and for each member its stale limit in ms, in the members' order
 */
export function shareOut(
  pool: Pool,
  members: readonly Member[],
  spentUsd24h: number,
  at: Instant,
  policy: DemandPolicy,
): { pool: Pool; staleMs: number[] } {
  const draw = Math.max(drawOf(members, policy) / dayShape(at, policy), DRAW_MIN);
  const next = { ...corrected(pool, spentUsd24h, at, policy), draw };
  return { pool: next, staleMs: members.map((member) => staleLimitMs(next, member, policy)) };
}

/** What these members draw from their pool: the weight of their part of the money, with what traffic spares them. */
export function drawOf(members: readonly Member[], policy: DemandPolicy): number {
  let draw = 0;
  for (const member of members) {
    draw += uncovered(member, policy) * Math.sqrt(member.priceUsd * member.hazard);
  }
  return draw;
}

/** The pool, an hour later: what was really spent in 24 hours moves its gain towards the plan. */
export function corrected(pool: Pool, spentUsd24h: number, at: Instant, policy: DemandPolicy): Pool {
  if (at - pool.bornAt <= DAY / 2) return pool;
  const planned = pool.budgetUsdPerDay * policy.routineShare;
  const excess = clamp(spentUsd24h / planned - 1, -1, 1);
  const gain = clamp(pool.gain * Math.exp(policy.gainStep * excess), policy.gainMin, policy.gainMax);
  return { ...pool, gain };
}

/** How old the last proof of life of a target may grow, in ms: the inverse of its share of canaries per day. */
export function staleLimitMs(
  pool: Pool,
  { priceUsd, hazard }: Pick<Member, 'priceUsd' | 'hazard'>,
  policy: DemandPolicy,
): number {
  const planned = pool.budgetUsdPerDay * policy.routineShare;
  const canariesPerDay = (planned * Math.sqrt(hazard / priceUsd)) / pool.draw;
  return Math.min(policy.unseenMsMax, (DAY / canariesPerDay) * pool.gain);
}

/** The share of canaries that traffic does not replace: all without it, and never less than content asks for. */
function uncovered({ reportGapMs, staleMs }: Member, policy: DemandPolicy): number {
  if (reportGapMs === null) return 1;
  return Math.max(1 / policy.contentEvery, Math.exp(-(staleMs ?? STALE_MS_FIRST) / reportGapMs));
}
