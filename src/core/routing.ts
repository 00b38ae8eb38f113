/** The numbers that weights rest on, all configurable per route; how they were chosen: docs/routing.md. */

import { MINUTE, SECOND } from './base.ts';

export interface RoutingPolicy {
  /** What a target that is degraded keeps of its base weight. */
  degradedShare: number;
  /** The usable and the unusable canaries that every target is taken to have had before any was seen. */
  qualityPrior: { good: number; bad: number };
  /** After so long a canary counts half: the same as in MeasurePolicy. */
  qualityHalfLifeMs: number;
  qualityExponent: number;
  speedExponent: number;
  priceExponent: number;
  /** Speed and price each move a weight no further than by these factors. */
  factorMin: number;
  factorMax: number;
  /** New jobs in a second, over all targets; null where nobody has said: then nothing is capped. */
  demandPerS: number | null;
  /** So much of a target's capacity is used before jobs go elsewhere. */
  capacityUse: number;
  /** A weight rises by at most so many points in any minute. */
  risePerMinute: number;
  /** The shares that a target which was out is given, one after the other, before it is given all. */
  ramp: readonly number[];
  /** Each step of the ramp lasts for at least so long, and until a canary has passed. */
  rampStepMs: number;
  /** Smaller moves, in points, are not worth telling routers of. */
  deadband: number;
  /** Providers are put out at least this far apart, but for those of which two canaries in a row have failed. */
  ejectGapMs: number;
  /** When so many providers are put out within `ejectGapMs`, weights are frozen: it may be our own mistake. */
  freezeAt: number;
  /** Such a freeze ends by itself after so long. */
  freezeMs: number;
}

export const DEFAULT_ROUTING: RoutingPolicy = {
  degradedShare: 0.35,
  qualityPrior: { good: 9.5, bad: 0.5 },
  qualityHalfLifeMs: 30 * MINUTE,
  qualityExponent: 2,
  speedExponent: 0.5,
  priceExponent: 0.5,
  factorMin: 0.5,
  factorMax: 1.5,
  demandPerS: null,
  capacityUse: 0.85,
  risePerMinute: 20,
  ramp: [0.1, 0.25, 0.5],
  rampStepMs: 45 * SECOND,
  deadband: 3,
  ejectGapMs: MINUTE,
  freezeAt: 3,
  freezeMs: 15 * MINUTE,
};
