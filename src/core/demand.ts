/** When the next canary of a target is wanted, how many, and why. */

import type { Instant } from './base.ts';
import { clamp, HOUR, MINUTE, SECOND } from './base.ts';
import type { Belief } from './belief.ts';
import { elapsedMs, medianMs } from './belief.ts';
import type { DemandPolicy, DetectionPolicy } from './detection.ts';
import { onsetsPerHour } from './hazard.ts';
import type { Judgement } from './judgement.ts';
import { clearAt, HOPE_AT, holdMs } from './judgement.ts';
import type { LookBudget } from './look-budget.ts';
import { lookGapMs } from './look-budget.ts';
import { isAccused } from './senders.ts';

export interface Demand {
  /** Canaries to start now. */
  count: number;
  why: 'routine' | 'confirm' | 'recover' | 'account' | 'reported';
  /** When to ask again at the latest; null where only news can change anything. */
  lookAt: Instant | null;
  /** Whether waiting would cost more than confirming: free checks are then made often. */
  isWorthwhile: boolean;
}

/** Everything a demand rests on. `judgement` is of the same instant. */
export interface Situation {
  judgement: Judgement;
  /** When our canaries still in flight were submitted. */
  flying: readonly Instant[];
  hazard: number;
  /** How old the last proof of life may grow; see pool.ts. */
  staleMs: number;
  at: Instant;
  /** How many canaries of this target the budget's given share still pays for, running ones counted in full. */
  affordable: (share: number) => number;
  /** What is left for looks at open incidents; see look-budget.ts. */
  lookBudget: () => LookBudget;
}

/** Two canaries of one target are this far apart, unless they are meant to be together. */
const CANARY_GAP_MS = 30 * SECOND;
const CONTENT_GAP_MS = MINUTE;
/** How soon to look again: while something is to be confirmed, when money is out, when all is calm. */
const CONFIRM_LOOK_MS = 30 * SECOND;
const POOR_LOOK_MS = 5 * MINUTE;
const CALM_LOOK_MS = 10 * MINUTE;
const LOOK_MS_MIN = SECOND;
/** A canary that flies longer than this many medians no longer keeps another from starting. */
const CONFIRM_MEDIANS = 2;
const RECOVER_MEDIANS = 3;
/** While all looks good but a flapping target has to stay so: a few looks in that time. */
const HOLD_LOOKS = 4;
/** A user's word about our account is worth a look for so long. */
const ODD_MS = 5 * MINUTE;

export function nextProbe(situation: Situation, policy: DetectionPolicy): Demand {
  const { judgement, at } = situation;
  const demand =
    judgement.state === 'blind'
      ? tryAccount(situation, policy.demand)
      : judgement.belief.alert === null
        ? watch(situation, policy)
        : tryRecovery(situation, policy);
  const lookAt = demand.lookAt === null ? null : Math.max(demand.lookAt, at + LOOK_MS_MIN);
  return { ...demand, lookAt };
}

/**
 * When the next routine canary is due: when expected undetected fault-hours, risk + F x + rate x^2 / 2 after x more
 * hours, reach rate A^2 / 2, what they would be at the age A of the last proof of life without any suspicion.
 */
export function dueAt(
  belief: Belief,
  fault: number,
  { hazard, staleMs, at }: Pick<Situation, 'hazard' | 'staleMs' | 'at'>,
  policy: DetectionPolicy,
): Instant {
  const soonest = (belief.lastCanaryAt ?? -Infinity) + CANARY_GAP_MS;
  const ratePerHour = onsetsPerHour(policy.belief) * hazard;
  const staleHours = staleMs / HOUR;
  const missing = (ratePerHour * staleHours ** 2) / 2 - belief.riskHours;
  if (missing <= 0) return Math.max(at, soonest);
  const hours = (-fault + Math.sqrt(fault ** 2 + 2 * ratePerHour * missing)) / ratePerHour;
  return Math.max(at + hours * HOUR, soonest);
}

/** How long a canary is waited for, in ms. */
export function patienceMs(belief: Belief, policy: DemandPolicy): number {
  return clamp(policy.patience * medianMs(belief), policy.patienceMsMin, policy.patienceMsMax);
}

/** How long until the next free check, in ms. */
export function freeCheckMs(
  { state, belief }: Judgement,
  isWorthwhile: boolean,
  policy: DemandPolicy,
): number {
  if (belief.alert !== null) return policy.freeCheckDownMs;
  const isDoubtful = belief.freeCheckFailingSince !== null || state === 'suspect' || isWorthwhile;
  return isDoubtful ? policy.freeCheckSuspectMs : policy.freeCheckMs;
}

/** Our key or quota: one canary now and then, to see whether it is mended. */
function tryAccount({ judgement, flying, at, affordable }: Situation, policy: DemandPolicy): Demand {
  const none: Demand = { count: 0, why: 'account', lookAt: null, isWorthwhile: false };
  if (flying.length > 0) return none;
  const dueAt = (judgement.belief.lastCanaryAt ?? -Infinity) + policy.blindEveryMs;
  if (at < dueAt) return { ...none, lookAt: dueAt };
  return affordable(1) >= 1 ? { ...none, count: 1 } : { ...none, lookAt: at + POOR_LOOK_MS };
}

/** In an outage: spaced by its length and by what is left of the money, at once when something looks good. */
function tryRecovery(situation: Situation, policy: DetectionPolicy): Demand {
  const { judgement, flying, at, affordable } = situation;
  const none: Demand = { count: 0, why: 'recover', lookAt: null, isWorthwhile: false };
  const { belief, fault } = judgement;
  const hold = holdMs(belief, at, policy.judgement);
  const isHeld = fault <= clearAt(belief, policy.judgement) && elapsedMs(at, belief.lastBadAt) < hold;
  const isLastGood = (belief.okAt ?? -Infinity) >= (belief.lastBadAt ?? -Infinity);
  const isHopeful = !isHeld && (fault < HOPE_AT || isLastGood);
  const freshMs = RECOVER_MEDIANS * medianMs(belief);
  const fresh = flying.filter((submittedAt) => at - submittedAt < freshMs).length;
  if (fresh >= (isHopeful ? 2 : 1)) return none;
  const wantedMs = isHeld
    ? Math.max(MINUTE, hold / HOLD_LOOKS)
    : isHopeful
      ? SECOND
      : recoverMs(belief, at, policy.demand);
  // What is kept for the end of an outage is spent once a good video has been seen; that doubts fade is no end.
  const gapMs = isHopeful && isLastGood ? 0 : lookGapMs(situation.lookBudget());
  const waitMs = Math.max(wantedMs, gapMs);
  const dueAt = (belief.lastCanaryAt ?? -Infinity) + waitMs;
  if (at < dueAt) return { ...none, lookAt: dueAt };
  return affordable(1) >= 1 ? { ...none, count: 1 } : { ...none, lookAt: at + POOR_LOOK_MS };
}

function recoverMs({ alert, billedFails }: Belief, at: Instant, policy: DemandPolicy): number {
  const lengthMs = elapsedMs(at, alert?.at ?? at);
  const dearness = billedFails > 1 ? policy.billedFailsFactor : 1;
  return clamp(policy.recoverShare * lengthMs * dearness, policy.recoverMsMin, policy.recoverMsMax);
}

/** No alert: confirm what is suspected, else look when it is due. */
function watch(situation: Situation, policy: DetectionPolicy): Demand {
  const { judgement, flying, staleMs, at, affordable } = situation;
  const { belief } = judgement;
  const contentDueAt = Math.max(
    belief.canaryOkAt + policy.demand.contentEvery * staleMs,
    (belief.lastCanaryAt ?? -Infinity) + CONTENT_GAP_MS,
  );
  const routineAt = Math.min(dueAt(belief, judgement.fault, situation, policy), contentDueAt);
  const confirming = confirm(situation, policy);
  if (confirming.count > 0) return confirming;
  if (flying.length > 0) return confirming;
  const isOdd =
    belief.oddAt !== null && belief.oddAt > (belief.lastCanaryAt ?? -Infinity) && at - belief.oddAt < ODD_MS;
  if (!isOdd && at < routineAt) {
    return { ...confirming, lookAt: Math.min(confirming.lookAt ?? Infinity, routineAt, at + CALM_LOOK_MS) };
  }
  if (affordable(isOdd ? 1 : policy.demand.routineCap) >= 1) {
    return { ...confirming, count: 1, why: isOdd ? 'reported' : 'routine' };
  }
  return { ...confirming, lookAt: Math.min(confirming.lookAt ?? Infinity, at + POOR_LOOK_MS) };
}

/**
 * Confirms at once where waiting would cost more than canaries do: trouble x the time until it would show anyway,
 * measured in the fault-hours a routine canary is bought for.
 */
function confirm(situation: Situation, policy: DetectionPolicy): Demand {
  const { judgement, flying, hazard, staleMs, at, affordable, lookBudget } = situation;
  const { belief, trouble } = judgement;
  const { demand } = policy;
  const staleHours = staleMs / HOUR;
  const boundHours = (onsetsPerHour(policy.belief) * hazard * staleHours ** 2) / 2;
  // One sender settles nothing, however much more it tells.
  const gapMs = isAccused(belief, at, policy.belief) ? null : belief.reportGapMs;
  const reportHours = (demand.reportGaps * (gapMs ?? Infinity)) / HOUR;
  const value = (trouble * Math.min(staleHours, reportHours)) / boundHours;
  const isWorthwhile = value >= demand.worthOne;
  const doubtsAccount = belief.ours?.signs === 1;
  const none: Demand = { count: 0, why: 'confirm', lookAt: null, isWorthwhile };
  if (!isWorthwhile && !doubtsAccount) return { ...none, why: 'routine' };
  const lookAt = at + CONFIRM_LOOK_MS;
  const wanted = doubtsAccount ? 1 : burstSize(value, demand);
  const freshMs = CONFIRM_MEDIANS * medianMs(belief);
  const fresh = flying.filter((submittedAt) => at - submittedAt < freshMs).length;
  if (fresh >= wanted) return { ...none, lookAt };
  const bursts = recentBursts(belief, at).length;
  // The first doubt and the look after it need not wait for each other.
  const isEarly = bursts === 0 || (belief.badGenerations <= 1 && bursts < 2);
  const sinceMs = elapsedMs(at, belief.lastCanaryAt);
  if (sinceMs < demand.burstGapMs && !isEarly) {
    return { ...none, lookAt: Math.min(lookAt, at + demand.burstGapMs - sinceMs) };
  }
  // Several at once only where enough is left to look at what they confirm each hour.
  const paid = Math.min(affordable(demand.confirmCap), Math.max(1, lookBudget().beyondHourly));
  const count = Math.min(wanted - fresh, demand.burstsPerHourMax - bursts, paid);
  return { ...none, count: Math.max(0, count), lookAt };
}

function burstSize(value: number, policy: DemandPolicy): number {
  if (value < policy.worthTwo) return 1;
  return value < policy.worthBurst ? 2 : policy.burst;
}

/** Remembers canaries that were started, whatever for: an hour holds no more than a maximum of them when confirming. */
export function noteStarted(belief: Belief, count: number, at: Instant, policy: DemandPolicy): Belief {
  if (count === 0) return belief;
  const bursts = [...recentBursts(belief, at), ...Array.from({ length: count }, () => at)];
  return { ...belief, bursts: bursts.slice(-policy.burstsPerHourMax) };
}

function recentBursts({ bursts }: Belief, at: Instant): Instant[] {
  return bursts.filter((startedAt) => startedAt >= at - HOUR);
}
