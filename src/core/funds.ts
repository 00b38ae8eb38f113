/** Money left at a provider, told before it runs out, because an empty account makes a target blind; and in our budgets. */

import type { Instant } from './base.ts';
import type { TargetEffect } from './effect.ts';
import type { Draft } from './health.ts';
import { onBlind, onSight } from './health.ts';
import type { Funds, TargetEvent } from './model.ts';
import type { HealthPolicy } from './policy.ts';

/** What was warned of is over when the money lasts this many times longer than the warning asks for. */
const ENOUGH_FACTOR = 2;

/**
 * How long a balance lasts.
 * @param usd the account's balance
 * @param usdPerDay what the planned canaries cost; what else the account pays for makes it last shorter
 * @returns days, 0 for an overdrawn account; null where nothing is planned
 */
export function daysLeftOf(usd: number, usdPerDay: number): number | null {
  if (usdPerDay <= 0) return null;
  return Math.max(0, usd) / usdPerDay;
}

/** A balance was told. Only what crosses the line changes anything. */
export function onFunds(draft: Draft, at: Instant, funds: Funds, policy: HealthPolicy): Draft {
  const { low, id } = draft.state;
  const daysLeft = funds.daysLeft ?? Infinity;
  if (low === null && daysLeft < policy.fundsDaysMin) {
    const told: TargetEffect = { type: 'funds.low', at, target: id, funds };
    return { state: { ...draft.state, low: { since: at, ...funds } }, effects: [...draft.effects, told] };
  }
  if (low !== null && daysLeft >= policy.fundsDaysMin * ENOUGH_FACTOR) {
    const told: TargetEffect = { type: 'funds.restored', at, target: id, funds, durationMs: at - low.since };
    return { state: { ...draft.state, low: null }, effects: [...draft.effects, told] };
  }
  return draft;
}

/** What the budgets leave for looks at a target. It is told once for all targets that share a budget, see daemon.ts. */
export function onBudget(
  draft: Draft,
  { at, low, isUnseen }: Extract<TargetEvent, { type: 'budget.checked' }>,
): Draft {
  const { state } = draft;
  if (state.health === 'retired') return draft;
  const before = state.budgetLow;
  const budgetLow = low === null ? null : (before ?? { ...low, since: at });
  const noted: Draft = before === budgetLow ? draft : { ...draft, state: { ...state, budgetLow } };
  const isHeld = state.blind?.cause === 'no_budget';
  if (low !== null && isUnseen && !isHeld) {
    const text =
      'no canary has been ordered for longer than planned: the budget of the last 24 hours is used up';
    return onBlind(noted, at, 'no_budget', text, 'run');
  }
  return low === null && isHeld ? onSight(noted, at) : noted;
}
