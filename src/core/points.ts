/** Shares as integers: a router is told points of 100. */

import { invariant } from './base.ts';

export const WEIGHT_TOTAL = 100;

/**
 * Largest remainder (Hamilton's method): integers in the proportion of the shares that sum to exactly `total`.
 * @param ids decide between equal remainders, so that the order of a route's members does not
 */
export function integersOf(
  shares: readonly number[],
  total = WEIGHT_TOTAL,
  ids: readonly string[] = [],
): number[] {
  const all = sum(shares);
  invariant(all > 0, 'a route without any weight');
  const exact = shares.map((share) => (share / all) * total);
  const whole = exact.map((value) => Math.floor(value + 1e-9));
  const order = exact
    .map((value, n) => ({ n, rest: roundedRest(value - (whole[n] ?? 0)) }))
    .toSorted((a, b) => b.rest - a.rest || byId(ids[a.n], ids[b.n]) || a.n - b.n);
  const missing = total - sum(whole);
  for (const { n } of order.slice(0, missing)) whole[n] = (whole[n] ?? 0) + 1;
  return whole;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function byId(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sums of binary fractions depend on their order: what that leaves decides nothing. */
function roundedRest(rest: number): number {
  return Math.round(rest * 1e9) / 1e9;
}
