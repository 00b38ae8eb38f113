/** What a target's base weight is multiplied by: its state, its quality, its speed and its price. */

import type { Instant } from './base.ts';
import { clamp } from './base.ts';
import { qualityOf } from './measures.ts';
import type { Health, TargetState } from './model.ts';
import type { Factors } from './route.ts';
import type { RoutingPolicy } from './routing.ts';

/**
 * How much of its base weight a target keeps in each state. `unknown` keeps all of it: a monitor that has just
 * started must not move traffic. For `degraded` the route has a word.
 */
const STATE_FACTOR: Record<Exclude<Health, 'suspect' | 'recovering' | 'degraded'>, number> = {
  unknown: 1,
  healthy: 1,
  down: 0,
  retired: 0,
};

/** The share of its base weight that a target keeps, 0..1: where there is no verdict, routers follow belief. */
export function stateFactorOf(
  { health, trust }: Pick<TargetState, 'health' | 'trust'>,
  { degradedShare }: Pick<RoutingPolicy, 'degradedShare'>,
): number {
  if (health === 'suspect' || health === 'recovering') return trust;
  return health === 'degraded' ? degradedShare : STATE_FACTOR[health];
}

/** Quality, speed and price of each target, in the order of the states: speed and price against the median of all. */
export function measuredFactors(
  states: readonly TargetState[],
  at: Instant,
  policy: RoutingPolicy,
): Pick<Factors, 'quality' | 'speed' | 'price'>[] {
  const { qualityPrior: prior, qualityHalfLifeMs: halfLifeMs, factorMin, factorMax } = policy;
  const ttvs = states.map(({ measures }) => measures?.ttvMs ?? null);
  const prices = states.map(({ measures }) => measures?.costPerSecondUsd ?? null);
  const against = (values: readonly (number | null)[], exponent: number) => {
    const middle = medianOf(values);
    return (own: number | null): number =>
      own === null || middle === null || own <= 0
        ? 1
        : twoDigits(clamp((middle / own) ** exponent, factorMin, factorMax));
  };
  const speedOf = against(ttvs, policy.speedExponent);
  const priceOf = against(prices, policy.priceExponent);
  return states.map(({ measures }, n) => ({
    quality: twoDigits(qualityOf(measures, at, { prior, halfLifeMs })),
    speed: speedOf(ttvs[n] ?? null),
    price: priceOf(prices[n] ?? null),
  }));
}

/** Base x state x quality^2 x speed x price. */
export function rawOf(
  baseWeight: number,
  { state, quality, speed, price }: Factors,
  { qualityExponent }: Pick<RoutingPolicy, 'qualityExponent'>,
): number {
  return baseWeight * state * quality ** qualityExponent * speed * price;
}

export function twoDigits(value: number): number {
  return Math.round(value * 100) / 100;
}

function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null && value > 0).toSorted((a, b) => (a ?? 0) - (b ?? 0));
  const upper = known[Math.floor(known.length / 2)] ?? null;
  const lower = known[Math.floor((known.length - 1) / 2)] ?? null;
  return upper === null || lower === null ? null : (upper + lower) / 2;
}
