/** Who gets how much, before integers: caps by capacity, what is spilt over them, panic, and pins. */

import { SECOND } from './base.ts';
import { sum } from './points.ts';
import type { Posture } from './route.ts';
import type { RoutingPolicy } from './routing.ts';

/** A member of a route as far as shares are concerned. */
export interface Claim {
  /** Base x state x quality^2 x speed x price. */
  raw: number;
  /** The same without the base weight: what decides between members of a reserve, whose base weight is 0. */
  merit: number;
  baseWeight: number;
  quality: number;
  isLiving: boolean;
  isExcluded: boolean;
  ttvMs: number | null;
  inFlightMax: number | null;
  /** A person's points; null for none. */
  pinned: number | null;
}

export interface Shares {
  posture: Posture;
  /** In the order of the claims; they sum to 1. */
  shares: number[];
  capped: boolean[];
}

/** A sum of shares that is short of one by less is rounding. */
const EPSILON = 1e-9;
const TOTAL = 100;

export function sharesOf(claims: readonly Claim[], policy: RoutingPolicy): Shares {
  const capped = claims.map(() => false);
  const raw = claims.map((claim) => (claim.isExcluded ? 0 : claim.raw));
  if (sum(raw) > 0) return withPins(claims, filled(claims, raw, policy));
  const reserve = claims.map((claim) => (claim.isExcluded ? 0 : claim.merit));
  if (sum(reserve) > 0) return withPins(claims, { posture: 'spill', shares: normal(reserve), capped });
  return withPins(claims, { posture: 'panic', shares: lastResort(claims), capped });
}

/** Nobody deserves weight. Refusing every job helps nobody: the base weights stand, those of the living first. */
function lastResort(claims: readonly Claim[]): number[] {
  const ladder = [
    claims.map(({ isExcluded, baseWeight }) => (isExcluded ? 0 : baseWeight)),
    claims.map(({ isExcluded }) => (isExcluded ? 0 : 1)),
    claims.map(({ isLiving, baseWeight }) => (isLiving ? baseWeight : 0)),
    claims.map(({ baseWeight }) => baseWeight),
    claims.map(() => 1),
  ];
  return normal(ladder.find((shares) => sum(shares) > 0) ?? claims.map(() => 1));
}

/** Shares up to what each target's capacity allows: the excess goes to the others, then to a reserve, then to all. */
function filled(claims: readonly Claim[], raw: readonly number[], policy: RoutingPolicy): Shares {
  const caps = claims.map((claim) => capOf(claim, policy));
  const first = pour(raw, caps, 1);
  const spare = claims.map((claim, n) => (claim.isExcluded || (raw[n] ?? 0) > 0 ? 0 : claim.merit));
  const second = pour(spare, caps, first.left);
  const shares = first.shares.map((share, n) => share + (second.shares[n] ?? 0));
  const capped = first.full;
  const { left } = second;
  if (left <= EPSILON)
    return { posture: first.left > EPSILON ? 'spill' : 'normal', shares: normal(shares), capped };
  const open = claims.map(({ isExcluded, baseWeight, quality }) =>
    isExcluded ? 0 : baseWeight * quality ** 4,
  );
  const spilt = pour(
    open,
    claims.map(() => Infinity),
    left,
  ).shares;
  const all = shares.map((share, n) => share + (spilt[n] ?? 0));
  return { posture: 'spill', shares: normal(all), capped };
}

/** The largest share of new jobs that a target can take; without a declared capacity and demand, any. */
function capOf({ ttvMs, inFlightMax }: Claim, { demandPerS, capacityUse }: RoutingPolicy): number {
  if (demandPerS === null || inFlightMax === null || ttvMs === null) return Infinity;
  return (capacityUse * inFlightMax) / (demandPerS * (ttvMs / SECOND));
}

/** Water-filling: shares in the given proportion, none above its cap; `left` is what no one could take. */
function pour(
  proportions: readonly number[],
  caps: readonly number[],
  amount: number,
): { shares: number[]; full: boolean[]; left: number } {
  const shares = proportions.map(() => 0);
  const full = proportions.map(() => false);
  let left = amount;
  for (let round = 0; round <= proportions.length && left > EPSILON; round++) {
    const open = proportions.map((value, n) => (full[n] === true ? 0 : value));
    const total = sum(open);
    if (total <= 0) break;
    const poured = left;
    for (const [n, value] of open.entries()) {
      if (value <= 0) continue;
      const wanted = (shares[n] ?? 0) + (poured * value) / total;
      const cap = caps[n] ?? Infinity;
      full[n] = wanted > cap + EPSILON;
      left -= Math.min(wanted, cap) - (shares[n] ?? 0);
      shares[n] = Math.min(wanted, cap);
    }
    if (!full.some((isFull, n) => isFull && (open[n] ?? 0) > 0)) break;
  }
  return { shares, full, left: Math.max(0, left) };
}

/** Weights that are held, but for what people say of single targets: a pin counts in a freeze, too. */
export function heldShares(
  claims: readonly Claim[],
  olds: readonly number[],
  isPinnedOut: readonly boolean[],
): number[] {
  const kept = olds.map((weight, n) => (isPinnedOut[n] === true ? 0 : weight));
  const shares = normal(sum(kept) > 0 ? kept : olds);
  return withPins(claims, { posture: 'frozen', shares, capped: [] }).shares;
}

/** Pinned members get their points, the others share the rest. Pins that ask for more than all are scaled down. */
function withPins(claims: readonly Claim[], given: Shares): Shares {
  const pinned = claims.map(({ pinned, isExcluded }) => (isExcluded ? null : pinned));
  if (pinned.every((points) => points === null)) return given;
  const asked = sum(pinned.map((points) => points ?? 0)) / TOTAL;
  const free = given.shares.map((share, n) => (pinned[n] === null ? share : 0));
  const others = sum(free) > 0 ? free : claims.map((claim, n) => freeBase(claim, pinned[n] ?? null));
  const rest = sum(others) > 0 ? Math.max(0, 1 - asked) : 0;
  // Where nobody is left to take the rest, pins only say how much more one gets than the other.
  if (asked + rest <= EPSILON) return given;
  const shares = others.map((share, n) => {
    const points = pinned[n] ?? null;
    if (points !== null) return points / TOTAL;
    return rest > 0 ? (rest * share) / sum(others) : 0;
  });
  return { ...given, shares: normal(shares) };
}

function freeBase({ isExcluded, baseWeight }: Claim, pinned: number | null): number {
  return isExcluded || pinned !== null ? 0 : baseWeight;
}

function normal(shares: readonly number[]): number[] {
  const total = sum(shares);
  return shares.map((share) => share / total);
}
