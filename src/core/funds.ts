/** Money left at a provider: told before it runs out, because an empty account makes a target blind. */

import type { Instant } from './base.ts';
import type { TargetEffect } from './effect.ts';
import type { Draft } from './health.ts';
import type { Funds } from './model.ts';
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
