/** How long good generations take: what is usual, what is slow, and what is overdue, for one target. */

import type { Instant } from './base.ts';
import { clamp } from './base.ts';
import type { Belief } from './belief.ts';
import type { LatencyPolicy } from './explanations.ts';

type Latency = Belief['latency'];

/** What a healthy duration is at least thought to be likely, so that none is proof by itself. */
const DENSITY_MIN = 1e-9;
const SLOW_RATIO_MIN = 1e-3;
const SLOW_RATIO_MAX = 100;
/** A job may hang for no reason at all this often. */
const STRAGGLER_SHARE = 0.002;
/** Durations further out than this many spreads are learnt as if they lay there. */
const LEARN_SPREADS_MAX = 2.5;
/** Undoes what that cut takes from the variance. */
const LEARN_VARIANCE_FACTOR = 1.1;

/**
 * How much likelier a duration is on a slow target than on a healthy one. Healthy: log-normal with a heavy tail;
 * slow: the same, later and wider.
 */
export function slowRatio(durationMs: number, latency: Latency, policy: LatencyPolicy): number {
  const x = Math.log(durationMs);
  const sd = spread(latency, policy);
  const body = density(x, latency.logMs, sd);
  const tail = density(x, latency.logMs + policy.tailShift, sd + policy.tailSd);
  const healthy = (1 - policy.tailShare) * body + policy.tailShare * tail;
  const slow = density(x, latency.logMs + policy.slowShift, Math.hypot(sd, policy.slowSd));
  // The wider of two distributions is the likelier far below both: but what is faster than usual is not slow.
  const most = x < latency.logMs ? 1 : SLOW_RATIO_MAX;
  return clamp(slow / Math.max(healthy, DENSITY_MIN), SLOW_RATIO_MIN, most);
}

/**
 * P(a job still runs after so long), for a healthy and for a slow target: the survival functions of the same two
 * distributions; null while it is not even past the median and says nothing.
 */
export function stillRunning(
  elapsedMs: number,
  latency: Latency,
  policy: LatencyPolicy,
): { healthy: number; slow: number } | null {
  const x = Math.log(Math.max(1_000, elapsedMs));
  if (x < latency.logMs) return null;
  const sd = spread(latency, policy);
  const body = survival((x - latency.logMs) / sd);
  const tail = survival((x - latency.logMs - policy.tailShift) / (sd + policy.tailSd));
  const healthy = (1 - policy.tailShare) * body + policy.tailShare * tail + STRAGGLER_SHARE;
  const slow = survival((x - latency.logMs - policy.slowShift) / Math.hypot(sd, policy.slowSd));
  return { healthy, slow: Math.max(healthy, slow) };
}

/**
 * A good generation moves the usual: by 1/n at first, later by how much time has passed, so that a target watched
 * twice a day and one watched a hundred times drift alike. It counts by `weight`, P(all was well).
 */
export function learnLatency(
  latency: Latency,
  durationMs: number,
  at: Instant,
  weight: number,
  policy: LatencyPolicy,
): Latency {
  const sd = spread(latency, policy);
  const distance = clamp(
    Math.log(durationMs) - latency.logMs,
    -LEARN_SPREADS_MAX * sd,
    LEARN_SPREADS_MAX * sd,
  );
  const count = latency.count + 1;
  // The clock may have gone back.
  const byTime = Math.min(1 / policy.countMax, 1 - Math.exp(-Math.max(0, at - latency.at) / policy.driftMs));
  const step = weight * (count < policy.countMax ? 1 / count : byTime);
  const variance = (1 - step) * latency.sd ** 2 + step * distance ** 2 * LEARN_VARIANCE_FACTOR;
  return { logMs: latency.logMs + step * distance, sd: Math.sqrt(variance), count, at };
}

function spread(latency: Latency, policy: LatencyPolicy): number {
  return Math.max(policy.sdMin, latency.sd);
}

/** The normal distribution's density, without its constant factor, which cancels in ratios. */
function density(x: number, mean: number, sd: number): number {
  return Math.exp(-0.5 * ((x - mean) / sd) ** 2) / sd;
}

/** P(Z > z) of the standard normal distribution (Abramowitz and Stegun, formula 26.2.17; error below 7.5e-8). */
function survival(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series = 0.3193815 + t * (-0.3565638 + t * (1.781478 + t * (-1.821256 + t * 1.330274)));
  const beyond = 0.3989423 * Math.exp((-z * z) / 2) * t * series;
  return z > 0 ? beyond : 1 - beyond;
}
