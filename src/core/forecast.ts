/** What a budget buys: how often a calm target is looked at, and how soon an outage that nobody else sees is found. */

import { clamp, DAY, HOUR } from './base.ts';
import type { DetectionPolicy } from './detection.ts';
import { EXPLANATIONS, FIRST_FAULT, INDEX } from './explanations.ts';

export interface Forecast {
  /** Between two routine canaries of a target without traffic, while all is well. */
  routineEveryMs: number;
  usdPerDay: number;
  /** Mean time from the onset of an outage that neither free checks nor users show to its alert. */
  detectMs: number;
}

/** Bisection halves the range this often: to a millisecond in half a year. */
const HALVINGS = 44;
/** A first failure and its confirmation each take about one generation. */
const GENERATIONS_TO_ALERT = 2;
/** Two good ones end an outage. */
const GENERATIONS_TO_CLEAR = 2;
/** What a generation of the usual length leaves of the suspicion that a target is slow. */
const SLOW_LEFT = 0.05;

/**
 * Forecasts one target from its stale limit A (pool.ts). A routine canary is due when the expected undetected
 * fault-hours since the last one reach rate A^2 / 2. A fault also ends by itself: with onset rate r(k) and mean length
 * L(k), x hours after a good look they are the sum over faults of r(k) L(k) (x - L(k) (1 - e^(-x / L(k)))); and what the look
 * itself could not rule out comes on top.
 * @param usualMs how long a generation takes
 */
export function forecast(
  { staleMs, priceUsd, usualMs }: { staleMs: number; priceUsd: number; usualMs: number },
  policy: DetectionPolicy,
): Forecast {
  const staleHours = staleMs / HOUR;
  let low = 0;
  // A fault that ends by itself makes it longer than A, but not past content's turn.
  let high = policy.demand.contentEvery * staleHours;
  for (let k = 0; k < HALVINGS; k++) {
    const middle = (low + high) / 2;
    if (missingHours(middle, staleHours, policy) > 0) low = middle;
    else high = middle;
  }
  const routineEveryMs = high * HOUR;
  return {
    routineEveryMs,
    usdPerDay: (priceUsd * DAY) / routineEveryMs,
    detectMs: routineEveryMs / 2 + GENERATIONS_TO_ALERT * usualMs,
  };
}

/**
 * How many canaries an outage asks for where money is no matter: those that confirm it, those that wait for its end,
 * and those that prove it.
 * @param usualMs how long a generation takes
 */
export function outageLooks(
  lengthMs: number,
  usualMs: number,
  { demand, judgement }: DetectionPolicy,
): number {
  let looks = judgement.signsMin + GENERATIONS_TO_CLEAR;
  for (let atMs = 0; atMs < lengthMs; looks++)
    atMs += Math.max(usualMs, clamp(demand.recoverShare * atMs, demand.recoverMsMin, demand.recoverMsMax));
  return looks;
}

/** Fault-hours still missing until a canary is due, times a month. */
function missingHours(hours: number, staleHours: number, { belief }: DetectionPolicy): number {
  let missing = 0;
  for (let k = FIRST_FAULT; k < EXPLANATIONS.length; k++) {
    const rate = belief.onsetsPerMonth[k] ?? 0;
    const length = (belief.meanMinutes[k] ?? 0) / 60;
    const stays = Math.exp(-hours / length);
    // What one good generation leaves of a fault's probability, in a steady rhythm of looks.
    const left = k === INDEX.slow ? SLOW_LEFT : 1 - (belief.generationFails[k] ?? belief.refusedWhenRefusing);
    const atLook = (left * (1 - stays)) / (1 - left * stays);
    const unseen = length * (hours - length * (1 - stays) * (1 - atLook));
    missing += rate * (staleHours ** 2 / 2 - unseen);
  }
  return missing;
}
