/** What canaries measured of a target, folded into a few numbers: how many were usable, how fast, at what price. */

import type { Instant } from './base.ts';
import { MINUTE, SECOND } from './base.ts';
import type { TargetEvent } from './model.ts';

/** Counts fade; speed and price are moving averages. */
export interface Measures {
  /** Usable and unusable canaries, as they counted at `at`. */
  good: number;
  bad: number;
  at: Instant;
  /** Canaries in a row that failed by the provider's fault. */
  failsInRow: number;
  /** From the order to the last byte; null before the first video. */
  ttvMs: number | null;
  costPerSecondUsd: number | null;
}

export interface MeasurePolicy {
  /** After so long a canary counts half. */
  halfLifeMs: number;
  /** How much of a slower, and of a faster video is believed at once: slowness is believed sooner. */
  slowerShare: number;
  fasterShare: number;
  priceShare: number;
}

export const DEFAULT_MEASURES: MeasurePolicy = {
  halfLifeMs: 30 * MINUTE,
  slowerShare: 0.5,
  fasterShare: 0.2,
  priceShare: 0.2,
};

type Run = Extract<TargetEvent, { type: 'run.judged' }>;

const COUNT_DIGITS = 4;
const USD_DIGITS = 6;

/** The measures after a canary; the same ones where it says nothing about the provider. */
export function measured(before: Measures | null, run: Run, policy: MeasurePolicy): Measures | null {
  const { verdict, at } = run;
  const isGood = verdict.is === 'pass' || verdict.is === 'slow';
  if (!isGood && (verdict.is !== 'fail' || verdict.blame !== 'provider')) return before;
  const old = before ?? { good: 0, bad: 0, at, failsInRow: 0, ttvMs: null, costPerSecondUsd: null };
  const kept = fading(old, at, policy.halfLifeMs);
  const counted: Measures = {
    ...old,
    good: rounded(old.good * kept + (isGood ? 1 : 0), COUNT_DIGITS),
    bad: rounded(old.bad * kept + (isGood ? 0 : 1), COUNT_DIGITS),
    at: Math.max(at, old.at),
    failsInRow: isGood ? 0 : old.failsInRow + 1,
  };
  return isGood ? withVideo(counted, run, policy) : counted;
}

/** The share of usable canaries, 0..1: the mean of a Beta distribution, which fades back to its prior. */
export function qualityOf(
  measures: Measures | null,
  at: Instant,
  { prior, halfLifeMs }: { prior: { good: number; bad: number }; halfLifeMs: number },
): number {
  const kept = measures === null ? 0 : fading(measures, at, halfLifeMs);
  const good = prior.good + (measures?.good ?? 0) * kept;
  return good / (good + prior.bad + (measures?.bad ?? 0) * kept);
}

function withVideo(measures: Measures, run: Run, policy: MeasurePolicy): Measures {
  const { totalMs, videoMs, costUsd } = run;
  const isTimed = totalMs !== null && totalMs > 0;
  const isPriced = videoMs !== undefined && videoMs > 0 && costUsd !== undefined;
  const ttvMs = isTimed ? peakOf(measures.ttvMs, totalMs, policy) : measures.ttvMs;
  const costPerSecondUsd = isPriced
    ? averageOf(measures.costPerSecondUsd, costUsd / (videoMs / SECOND), policy.priceShare)
    : measures.costPerSecondUsd;
  return { ...measures, ttvMs, costPerSecondUsd };
}

/** A moving average that climbs faster than it falls. */
function peakOf(old: number | null, ms: number, { slowerShare, fasterShare }: MeasurePolicy): number {
  if (old === null) return Math.round(ms);
  return Math.round(old + (ms > old ? slowerShare : fasterShare) * (ms - old));
}

function averageOf(old: number | null, value: number, share: number): number {
  return rounded(old === null ? value : old + share * (value - old), USD_DIGITS);
}

/** What is left of a count; all of it where the clock has gone back. */
function fading({ at: since }: Measures, at: Instant, halfLifeMs: number): number {
  return 0.5 ** (Math.max(0, at - since) / halfLifeMs);
}

/** States are written often: a few digits are enough. */
function rounded(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
