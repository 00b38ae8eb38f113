/** What an allowance comes to once spending is what was planned: where the daemon begins, and what a forecast shows. */

import type { Allowance, Budgets, Paid } from './allowance.ts';
import { allot, freshAllowance } from './allowance.ts';
import type { Instant } from './base.ts';
import { DAY, HOUR } from './base.ts';
import type { DetectionPolicy } from './detection.ts';
import { forecast } from './forecast.ts';
import type { Pool } from './pool.ts';

/** Spending settles on the plan within this many corrections of this size; those of the running daemon are gentler. */
const CORRECTIONS = 25;
const CORRECTION_STEP = 0.5;

/**
 * The running daemon's own hourly correction, done to its end on paper: each target is taken to get canaries as
 * `forecast` says, and what that costs corrects the plan.
 * @returns the allowance, learning from `at` on, and each target's stale limit in ms, in the given order
 */
export function settledAllowance(
  budgets: Budgets,
  paid: readonly Paid[],
  at: Instant,
  policy: DetectionPolicy,
): { allowance: Allowance; staleMs: number[] } {
  // On paper every hour is like the mean of all.
  const demand = { ...policy.demand, gainStep: CORRECTION_STEP, profilePower: 0 };
  const nothing = { totalUsd: 0, byProvider: {} };
  let now = allot(freshAllowance(budgets, paid, -DAY, demand), paid, nothing, -DAY, demand);
  for (let n = 0; n < CORRECTIONS; n++) {
    now = allot(now.allowance, paid, spendingOf(paid, now.staleMs, policy), n * HOUR, demand);
  }
  const born = (pool: Pool): Pool => ({ ...pool, bornAt: at });
  const pools = Object.entries(now.allowance.byProvider).map(([id, pool]) => [id, born(pool)] as const);
  const allowance = { total: born(now.allowance.total), byProvider: Object.fromEntries(pools) };
  return { allowance, staleMs: now.staleMs };
}

/** How often a target gets a routine canary while all is well, given its stale limit; both in ms. */
export function routineEveryMs(staleMs: number, policy: DetectionPolicy): number {
  return forecast({ staleMs, priceUsd: 0, usualMs: 0 }, policy).routineEveryMs;
}

function spendingOf(paid: readonly Paid[], staleMs: readonly number[], policy: DetectionPolicy) {
  const byProvider: Record<string, number> = {};
  let totalUsd = 0;
  // Most targets have the limit of another of the same price.
  const gaps = new Map<number, number>();
  for (const [i, { provider, priceUsd, fixedPerDay }] of paid.entries()) {
    const limitMs = staleMs[i] ?? DAY;
    const gapMs = gaps.get(limitMs) ?? routineEveryMs(limitMs, policy);
    gaps.set(limitMs, gapMs);
    const usd = (fixedPerDay ?? DAY / gapMs) * priceUsd;
    totalUsd += usd;
    byProvider[provider] = (byProvider[provider] ?? 0) + usd;
  }
  return { totalUsd, byProvider };
}
