/** What an outage costs: the canaries that confirm it and wait for its end, and whether the budgets pay for them. */

import { DAY, HOUR } from '../core/base.ts';
import type { DetectionPolicy } from '../core/detection.ts';
import { outageLooks } from '../core/forecast.ts';

export interface OutageCost {
  /** Canaries that an outage of an hour asks for, and what they cost. */
  canaries: number;
  usd: number;
  /** What the tightest budget leaves while all is well. */
  leftUsd: number;
  isAffordable: boolean;
  /** How far apart looks are, at the longest, through an outage of a day; an hour where the money suffices. */
  everyMs: number;
}

/** A budget, and what is planned of it while all is well. */
export interface Planned {
  usdPerDay: number;
  budgetUsd: number;
}

/**
 * @param target its price, what its own routine costs a day, which rests during its outage, and how long a video takes
 * @param budgets those that it draws on
 */
export function outageCost(
  target: { priceUsd: number; usdPerDay: number; usualMs: number },
  budgets: readonly Planned[],
  policy: DetectionPolicy,
): OutageCost {
  const { priceUsd, usualMs } = target;
  const canaries = outageLooks(HOUR, usualMs, policy);
  const usd = canaries * priceUsd;
  const leftUsd = Math.max(0, Math.min(...budgets.map((budget) => budget.budgetUsd - budget.usdPerDay)));
  const dayUsd = leftUsd + target.usdPerDay;
  const everyMs = dayUsd > 0 ? Math.max(HOUR, (DAY * priceUsd) / dayUsd) : Infinity;
  return { canaries, usd, leftUsd, isAffordable: usd <= leftUsd, everyMs };
}
