/** How likely a fault is to begin here and now: the prior, the target's own history, and the hour of the week. */

import type { Instant } from './base.ts';
import { clamp, DAY, HOUR } from './base.ts';
import type { Belief } from './belief.ts';
import type { DemandPolicy } from './detection.ts';
import type { BeliefPolicy } from './explanations.ts';
import { EXPLANATIONS, FIRST_FAULT } from './explanations.ts';

/**
 * When the 542 incidents of LLM services between 2021-02 and 2024-08 began that the artefact of "An Empirical
 * Characterization of Outages and Incidents in Public Services for Large Language Models" (ICPE 2025) lists: by
 * weekday from Monday, and by hour of the day in UTC.
 */
const BY_WEEKDAY = [80, 105, 112, 102, 96, 29, 18];
const BY_HOUR = [21, 25, 14, 16, 10, 6, 9, 10, 13, 8, 4, 11, 8, 19, 32, 28, 39, 44, 40, 49, 35, 36, 40, 25];

const MONTH_HOURS = 720;
/** 1970-01-01 was a Thursday. */
const EPOCH_WEEKDAY = 3;

/** How many times the weekly mean faults begin in this hour of the week; mean 1. */
export function hourOfWeekFactor(at: Instant): number {
  const weekday = BY_WEEKDAY[(Math.floor(at / DAY) + EPOCH_WEEKDAY) % 7] ?? 0;
  const hour = BY_HOUR[Math.floor(at / HOUR) % 24] ?? 0;
  return (weekday / mean(BY_WEEKDAY)) * (hour / mean(BY_HOUR));
}

/** The hazard's factor at this hour of the week: a part of it is taken to be flat. */
function profileAt(at: Instant, { profileShare }: DemandPolicy): number {
  return 1 - profileShare + profileShare * hourOfWeekFactor(at);
}

/**
 * How many times the day's mean rate canaries are worth now. All targets follow the same hours, so among themselves the
 * profile cancels; but a budget of 24 h may be spent when faults begin rather than evenly. By the square-root rule of
 * pool.ts the mean delay is least at a `profilePower` of 1/2; above it the usual fault, which begins in the busy hours, is
 * found sooner and the rare one of the night later; 0 spreads canaries evenly. The mean is that of the 24 h around `at`,
 * so that any 24 h hold about the same.
 */
export function dayShape(at: Instant, policy: DemandPolicy): number {
  let sum = 0;
  for (let hour = -12; hour < 12; hour++) sum += profileAt(at + hour * HOUR, policy) ** policy.profilePower;
  return profileAt(at, policy) ** policy.profilePower / (sum / 24);
}

/** Prior onsets of faults per hour. */
export function onsetsPerHour(policy: BeliefPolicy): number {
  let perMonth = 0;
  for (let k = FIRST_FAULT; k < EXPLANATIONS.length; k++) perMonth += policy.onsetsPerMonth[k] ?? 0;
  return perMonth / MONTH_HOURS;
}

/**
 * The hazard of a target relative to the prior: its own onsets against those expected since it was born (a Gamma prior
 * worth `onsetWeight` onsets), times the hour of the week, a part of which is taken to be flat.
 */
export function hazardOf(
  belief: Pick<Belief, 'onsets' | 'bornAt'>,
  at: Instant,
  { belief: prior, demand }: { belief: BeliefPolicy; demand: DemandPolicy },
): number {
  const expected = ((at - belief.bornAt) / HOUR) * onsetsPerHour(prior);
  const learnt = (demand.onsetWeight + belief.onsets) / (demand.onsetWeight + Math.max(0, expected));
  return clamp(learnt, demand.hazardMin, demand.hazardMax) * profileAt(at, demand);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
