/** From belief to verdict: what is said of a target, and how much a router should trust it, with hysteresis. */

import type { Instant } from './base.ts';
import type { Belief } from './belief.ts';
import { elapsedMs, faultOf } from './belief.ts';
import type { DetectionPolicy, JudgementPolicy } from './detection.ts';
import type { Column } from './explanations.ts';
import { FREE_CHECK_FADE_MS, INDEX } from './explanations.ts';
import type { RunningJob } from './observation.ts';
import { weighOverdue } from './overdue.ts';
import { relax } from './relax.ts';

/** `blind`: our own key or quota; nothing is said of the provider. */
export type Seen = 'up' | 'suspect' | 'degraded' | 'down' | 'blind';

export interface Judgement {
  /** The belief to keep: its alert may have begun or ended. */
  belief: Belief;
  state: Seen;
  /** With the jobs still running weighed in. */
  probabilities: Column;
  /** P(any fault). */
  fault: number;
  /** P(any fault or blip): what makes a target suspect. */
  trouble: number;
  /** The share of users' jobs that is expected to work. */
  okShare: number;
  /** Independent bad signs. */
  votes: number;
  /** Running jobs that are overdue. */
  overdue: number;
  /** When the oldest of these was ordered; null where there are none. */
  overdueSince: Instant | null;
}

/**
 * Judges a target at `at`. An alert begins at `alertAt` with enough independent signs, and ends once the fault has
 * become unlikely, the last sign was good, and it has been quiet for as long as recent closings ask for.
 * @param jobs what is running now; none while our own network is in doubt
 */
export function decide(
  before: Belief,
  jobs: readonly RunningJob[],
  at: Instant,
  policy: DetectionPolicy,
  hazard = 1,
): Judgement {
  const relaxed = relax(before, at, policy.belief, hazard);
  const {
    probabilities,
    count: overdue,
    since: overdueSince,
  } = weighOverdue(relaxed, jobs, at, policy.belief);
  const fault = faultOf(probabilities);
  const calmed = forgetTrouble(relaxed, fault, at, policy.judgement);
  const votes = votesOf(calmed, overdue, at, policy.judgement);
  const isDown = isOutage(probabilities);
  const belief = latch(calmed, { fault, votes, isDown }, at, policy.judgement);
  const trouble = fault + (probabilities[INDEX.blip] ?? 0);
  return {
    belief,
    state: stateOf(belief, isDown, trouble, policy.judgement),
    probabilities,
    fault,
    trouble,
    okShare: expectedWorks(probabilities, policy.belief.works),
    votes,
    overdue,
    overdueSince,
  };
}

/** How long it must be quiet before an alert may end: 0, then 2 min doubling with each close in the window. */
export function holdMs(belief: Belief, at: Instant, policy: JudgementPolicy): number {
  const recent = belief.closes.filter((closedAt) => closedAt >= at - policy.holdWindowMs).length;
  return recent === 0 ? 0 : Math.min(policy.holdMsMax, policy.holdMs * 2 ** (recent - 1));
}

/** The P(fault) at which an alert may end. */
export function clearAt(belief: Belief, policy: JudgementPolicy): number {
  return belief.alert?.wasDown === true ? policy.clearDownAt : policy.clearDegradedAt;
}

/** Below this P(fault) an outage looks as if it were ending. */
export const HOPE_AT = 0.9;

/** The last sign was good, and certainty is gone. */
export function isHopeful({ belief, fault }: Pick<Judgement, 'belief' | 'fault'>): boolean {
  const { okAt, lastBadAt } = belief;
  return fault < HOPE_AT && okAt !== null && okAt >= (lastBadAt ?? okAt);
}

/** The share of its weight that a router should leave a target: follows belief before there is any verdict. */
export function routerFactor(
  { state, probabilities, okShare }: Pick<Judgement, 'state' | 'probabilities' | 'okShare'>,
  policy: JudgementPolicy,
): number {
  switch (state) {
    case 'down':
    case 'blind':
      return policy.downFactor;
    case 'degraded':
      return (probabilities[INDEX.slow] ?? 0) > 0.5 ? policy.slowFactor : policy.degradedFactor;
    case 'up':
    case 'suspect':
      return okShare < policy.trustedAt ? Math.max(policy.factorMin, okShare ** 2) : 1;
  }
}

function forgetTrouble(belief: Belief, fault: number, at: Instant, policy: JudgementPolicy): Belief {
  const isCalm = fault < policy.calmAt && elapsedMs(at, belief.lastBadAt) > policy.calmAfterMs;
  if (belief.alert !== null || !isCalm) return belief;
  if (belief.troubleSince === null && belief.badGenerations === 0) return belief;
  return { ...belief, troubleSince: null, calm: null, badGenerations: 0 };
}

/** Each generation and each overdue job is a sign; failed free checks together are one at most. */
function votesOf(belief: Belief, overdue: number, at: Instant, policy: JudgementPolicy): number {
  const isRecent = elapsedMs(at, belief.freeCheckFailedAt) < FREE_CHECK_FADE_MS;
  const checks = isRecent ? Math.min(1, belief.freeCheckFails / policy.freeChecksPerSign) : 0;
  return belief.badGenerations + overdue + checks;
}

interface Signs {
  fault: number;
  votes: number;
  isDown: boolean;
}

function latch(belief: Belief, signs: Signs, at: Instant, policy: JudgementPolicy): Belief {
  if (belief.alert === null)
    return opensAlert(belief, signs, at, policy) ? opened(belief, signs, at) : belief;
  if (closesAlert(belief, signs, at, policy)) return closed(belief, at, policy);
  // Only a fault that is still likely can make it worse: what is left while it fades names nothing.
  if (belief.alert.wasDown || !signs.isDown || signs.fault < policy.alertAt) return belief;
  return { ...belief, alert: { ...belief.alert, wasDown: true } };
}

function opensAlert(belief: Belief, { fault, votes }: Signs, at: Instant, policy: JudgementPolicy): boolean {
  const { freeCheckFailingSince } = belief;
  const failsMs = freeCheckFailingSince === null ? 0 : at - freeCheckFailingSince;
  return fault >= policy.alertAt && (votes >= policy.signsMin || failsMs >= policy.freeCheckFailsMs);
}

function opened(belief: Belief, { isDown }: Signs, at: Instant): Belief {
  return { ...belief, alert: { at, wasDown: isDown }, onsets: belief.onsets + 1 };
}

function closesAlert(belief: Belief, { fault }: Signs, at: Instant, policy: JudgementPolicy): boolean {
  const { okAt, lastBadAt } = belief;
  const isLastGood = lastBadAt === null || (okAt !== null && okAt >= lastBadAt);
  const isQuiet = elapsedMs(at, lastBadAt) >= holdMs(belief, at, policy);
  return fault <= clearAt(belief, policy) && isLastGood && isQuiet;
}

function closed(belief: Belief, at: Instant, policy: JudgementPolicy): Belief {
  return {
    ...belief,
    alert: null,
    recoveredAt: at,
    closes: [...belief.closes.filter((closedAt) => closedAt >= at - policy.holdWindowMs), at],
    troubleSince: null,
    calm: null,
    badGenerations: 0,
    bursts: [],
  };
}

/** Down, if what makes nothing at all outweighs what makes a part or makes it late. */
function isOutage(probabilities: Column): boolean {
  const outage = (probabilities[INDEX.api_down] ?? 0) + (probabilities[INDEX.generation_down] ?? 0);
  return outage > faultOf(probabilities) - outage;
}

function stateOf(belief: Belief, isDown: boolean, trouble: number, policy: JudgementPolicy): Seen {
  if (belief.ours !== null && belief.ours.signs >= policy.configSignsMin) return 'blind';
  if (belief.alert !== null) return isDown ? 'down' : 'degraded';
  return trouble >= policy.suspectAt ? 'suspect' : 'up';
}

function expectedWorks(probabilities: Column, works: Column): number {
  let share = 0;
  for (let k = 0; k < probabilities.length; k++) share += (probabilities[k] ?? 0) * (works[k] ?? 0);
  return share;
}
