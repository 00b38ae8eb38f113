/** Money of several owners: a total budget that all canaries share, and a budget of each provider within it. */

import type { Instant } from './base.ts';
import { DAY, MINUTE } from './base.ts';
import type { DemandPolicy } from './detection.ts';
import { dayShape } from './hazard.ts';
import type { Member, Pool } from './pool.ts';
import { corrected, drawOf, freshPool, staleLimitMs } from './pool.ts';

/** A target as the budgets see it. */
export interface Paid {
  provider: string;
  priceUsd: number;
  /** Canaries a day of a fixed schedule; null where the budget decides. */
  fixedPerDay: number | null;
  hazard: number;
  /** The usual gap between users' outcomes; null where there are none. */
  reportGapMs: number | null;
  /** Its present stale limit; null before the first. */
  staleMs: number | null;
}

/** Dollars in any 24 hours. A provider that is not named may spend the total. */
export interface Budgets {
  totalUsd: number;
  byProvider: Readonly<Record<string, number>>;
}

/** What the budgets leave to targets without a fixed schedule. */
export interface Allowance {
  total: Pool;
  byProvider: Readonly<Record<string, Pool>>;
}

/** Keep what is divided by above zero: a pool without money, a canary that costs nothing, a fault that never begins. */
const POOL_USD_MIN = 1e-6;
const PRICE_USD_MIN = 1e-3;
const HAZARD_MIN = 1e-6;
/** However much money there is: oftener than this, routine canaries find next to nothing sooner. */
const STALE_MS_MIN = 5 * MINUTE;

/** Pools of what the budgets leave when the fixed schedules are paid, all beginning at `at`. */
export function freshAllowance(
  budgets: Budgets,
  paid: readonly Paid[],
  at: Instant,
  policy: DemandPolicy,
): Allowance {
  const byProvider: Record<string, Pool> = {};
  let fixedUsd = 0;
  for (const [provider, { fixed, auto }] of grouped(paid)) {
    const budgetUsd = Math.min(budgets.byProvider[provider] ?? Infinity, budgets.totalUsd);
    // A schedule that asks for more than its provider may spend takes no more from the others either.
    const takenUsd = Math.min(costOf(fixed), budgetUsd);
    fixedUsd += takenUsd;
    const pool = freshPool(Math.max(budgetUsd - takenUsd, POOL_USD_MIN), at);
    byProvider[provider] = { ...pool, draw: drawOf(auto, policy) };
  }
  const total = freshPool(Math.max(budgets.totalUsd - fixedUsd, POOL_USD_MIN), at);
  return shared({ total, byProvider }, policy).allowance;
}

/** The same pools with what they have learnt, after fixed schedules were added or have ended. */
export function renewedAllowance(
  allowance: Allowance,
  budgets: Budgets,
  paid: readonly Paid[],
  at: Instant,
  policy: DemandPolicy,
): Allowance {
  const fresh = freshAllowance(budgets, paid, at, policy);
  const learnt = (to: Pool, from: Pool | undefined): Pool =>
    from === undefined ? to : { ...to, gain: from.gain, bornAt: from.bornAt };
  const byProvider = Object.entries(fresh.byProvider).map(
    ([provider, pool]) => [provider, learnt(pool, allowance.byProvider[provider])] as const,
  );
  return { total: learnt(fresh.total, allowance.total), byProvider: Object.fromEntries(byProvider) };
}

/**
 * To be called once an hour: shares the money out anew, and corrects the plan by what was really spent.
 *
 * All targets without a fixed schedule share the total by the square-root rule of pool.ts. Where that gives a provider
 * more than its own budget has, the provider is tight: its targets share its own money by the same rule, and what they
 * cannot use is shared by all the others; the tightest provider goes first, until no further one becomes tight. This is
 * the least expected loss under all the budgets together (Lagrange with a multiplier for each budget that binds). The
 * draw of the total is then that of the providers which are not tight, scaled to the whole of its money, so that the
 * longer of a target's two limits is its own.
 *
 * A pool that does not bind is never loosened, or it would have forgotten its limit by the time it binds.
 * @param spent dollars of the last 24 hours, those of fixed schedules included
 * @returns for each target, in the given order, how old its last proof of life may grow, in ms; with a fixed schedule
 *   the time between two of its canaries
 */
export function allot(
  allowance: Allowance,
  paid: readonly Paid[],
  spent: { totalUsd: number; byProvider: Readonly<Record<string, number>> },
  at: Instant,
  policy: DemandPolicy,
): { allowance: Allowance; staleMs: number[] } {
  const groups = grouped(paid);
  // More canaries in the hours in which faults begin, of the same money.
  const shape = dayShape(at, policy);
  const pools: Record<string, Pool> = {};
  let autoUsd = spent.totalUsd;
  for (const [provider, { auto }] of groups) {
    const pool = allowance.byProvider[provider] ?? allowance.total;
    pools[provider] = { ...pool, draw: drawOf(auto, policy) / shape };
  }
  const { tight, isTotalTight } = shared({ total: allowance.total, byProvider: pools }, policy);
  for (const [provider, { fixed }] of groups) {
    const pool = pools[provider] ?? allowance.total;
    const spentUsd = spent.byProvider[provider] ?? 0;
    const fixedUsd = Math.min(spentUsd, costOf(fixed));
    autoUsd -= fixedUsd;
    pools[provider] = tightened(pool, tight.has(provider), spentUsd - fixedUsd, at, policy);
  }
  const total = tightened(allowance.total, isTotalTight, autoUsd, at, policy);
  const next = shared({ total, byProvider: pools }, policy).allowance;
  const staleMs = paid.map((target) => {
    if (target.fixedPerDay !== null) return Math.min(policy.unseenMsMax, DAY / target.fixedPerDay);
    const member = memberOf(target);
    const own = staleLimitMs(next.byProvider[target.provider] ?? next.total, member, policy);
    return Math.max(STALE_MS_MIN, own, staleLimitMs(next.total, member, policy));
  });
  return { allowance: next, staleMs };
}

function tightened(pool: Pool, isTight: boolean, spentUsd: number, at: Instant, policy: DemandPolicy): Pool {
  const next = corrected(pool, Math.max(0, spentUsd), at, policy);
  return isTight || next.gain > pool.gain ? next : pool;
}

/** Finds the providers that are tight, given what each draws, and what the total's draw is then. */
function shared(
  { total, byProvider }: Allowance,
  policy: DemandPolicy,
): { allowance: Allowance; tight: ReadonlySet<string>; isTotalTight: boolean } {
  const worth = (pool: Pool): number => (pool.budgetUsdPerDay * policy.routineShare) / pool.gain;
  const tightestFirst = Object.entries(byProvider)
    .filter(([, { draw }]) => draw > 0)
    .map(([provider, pool]) => ({ provider, usd: worth(pool), draw: pool.draw }))
    .toSorted((a, b) => a.usd / a.draw - b.usd / b.draw);
  const tight = new Set<string>();
  let usd = worth(total);
  let draw = tightestFirst.reduce((sum, each) => sum + each.draw, 0);
  if (draw === 0) return { allowance: { total, byProvider }, tight, isTotalTight: false };
  for (const each of tightestFirst) {
    if (each.usd / each.draw >= usd / draw) break;
    tight.add(each.provider);
    // Nobody is left to take what the last one cannot use.
    if (tight.size === tightestFirst.length) break;
    usd -= each.usd;
    draw -= each.draw;
  }
  const allowance = { total: { ...total, draw: (draw * worth(total)) / usd }, byProvider };
  return { allowance, tight, isTotalTight: tight.size < tightestFirst.length };
}

interface Group {
  fixed: Paid[];
  auto: Member[];
}

function grouped(paid: readonly Paid[]): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const target of paid) {
    const group = groups.get(target.provider) ?? { fixed: [], auto: [] };
    groups.set(target.provider, group);
    if (target.fixedPerDay === null) group.auto.push(memberOf(target));
    else group.fixed.push(target);
  }
  return groups;
}

function memberOf({ priceUsd, hazard, reportGapMs, staleMs }: Paid): Member {
  return {
    priceUsd: Math.max(priceUsd, PRICE_USD_MIN),
    hazard: Math.max(hazard, HAZARD_MIN),
    reportGapMs,
    staleMs,
  };
}

function costOf(fixed: readonly Paid[]): number {
  return fixed.reduce((sum, { priceUsd, fixedPerDay }) => sum + priceUsd * (fixedPerDay ?? 0), 0);
}
