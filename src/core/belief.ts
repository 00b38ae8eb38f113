/** What is believed of one target: plain data of a few hundred bytes that lives in its row. */

import type { Instant } from './base.ts';
import { clamp, HOUR, MINUTE } from './base.ts';
import type { BackgroundPolicy, BeliefPolicy, Column } from './explanations.ts';
import { EXPLANATIONS, FIRST_FAULT } from './explanations.ts';
import type { Said } from './senders.ts';
import type { Unexplained } from './unexplained.ts';

/** Bad outcomes among trials while all was well: a Beta distribution's counts, with the prior in them. */
export interface Background {
  bad: number;
  of: number;
}

/** Who has said something about our own key, quota or account, and how often in a row. */
export interface OurTrouble {
  signs: number;
  at: Instant;
  by: 'canary' | 'free_check';
}

export interface Belief {
  v: 1;
  /** What the probabilities stand for; they relax from here on. */
  at: Instant;
  bornAt: Instant;
  /** In the order of EXPLANATIONS; they sum to 1. */
  probabilities: Column;
  /** Expected undetected fault-hours since a generation was last looked at. */
  riskHours: number;

  /** The time a good generation takes: mean and spread of its logarithm in ms. */
  latency: { logMs: number; sd: number; count: number; at: Instant };
  /** The same of users' jobs, who order other lengths and sizes; absent before the first. */
  usersLatency?: Belief['latency'];
  canary: Background;
  report: Background;
  freeCheck: Background;
  refusal: Background;

  /** First bad sign of the trouble at hand, and what was believed right before it; null while all is calm. */
  troubleSince: Instant | null;
  calm: Column | null;
  lastBadAt: Instant | null;
  /** Generations that spoke against the target in this trouble. */
  badGenerations: number;
  okAt: Instant | null;
  /** When the newest job that ended well was submitted: failures of older ones are old news. */
  okSubmittedAt: Instant | null;
  canaryOkAt: Instant;
  lastCanaryAt: Instant | null;
  freeCheckFailingSince: Instant | null;
  /** Failed free checks, fading. */
  freeCheckFails: number;
  freeCheckFailedAt: Instant | null;
  /** The usual gap between users' outcomes; null before the second one. */
  reportGapMs: number | null;
  reportedAt: Instant | null;
  /** Reporters that have voted lately, hashed, oldest first; `isGoodAgain` once one has told of a good job since. */
  votes: readonly (readonly [reporter: number, at: Instant, isGoodAgain?: true])[];
  /** What senders of reports have said, the newest last; absent before the first. */
  senders?: readonly Said[];

  /** Set while the target is reported as being in trouble. */
  alert: { at: Instant; wasDown: boolean } | null;
  recoveredAt: Instant | null;
  onsets: number;
  /** When recent alerts ended, oldest first. */
  closes: readonly Instant[];
  ours: OurTrouble | null;
  /** When users' reports asked for a look of our own: at our key, our quota, or what fails for one of them alone. */
  oddAt: Instant | null;
  /** Failed canaries that were billed. */
  billedFails: number;
  /** Failed canaries whose reason nobody could read, oldest first; absent where there are none. */
  unexplained?: readonly Unexplained[];
  /** When evidence of another kind came last, with which failures nobody can read count; see unexplained.ts. */
  corroboratedAt?: Instant;
  /** When the canaries of the last hour were started. */
  bursts: readonly Instant[];
}

/** Minutes in a month of 30 days. */
const MONTH_MINUTES = (30 * 24 * HOUR) / MINUTE;

/** The share of time an explanation holds in the long run: onsets per month x length / month (a two-state Markov chain). */
export function stationaryShare(policy: BeliefPolicy, k: number): number {
  return ((policy.onsetsPerMonth[k] ?? 0) / MONTH_MINUTES) * (policy.meanMinutes[k] ?? 0);
}

/** @param typicalMs how long a generation of this target is thought to take, before any has been seen */
export function freshBelief(at: Instant, typicalMs: number, policy: BeliefPolicy): Belief {
  const shares = EXPLANATIONS.map((_, k) => stationaryShare(policy, k));
  shares[0] = 1 - sumOf(shares);
  return {
    v: 1,
    at,
    bornAt: at,
    probabilities: shares,
    riskHours: 0,
    latency: { logMs: Math.log(typicalMs), sd: policy.latency.sdFirst, count: policy.latency.weight, at },
    canary: prior(policy.canary),
    report: prior(policy.report),
    freeCheck: prior(policy.freeCheck),
    refusal: prior(policy.refusal),
    troubleSince: null,
    calm: null,
    lastBadAt: null,
    badGenerations: 0,
    okAt: null,
    okSubmittedAt: null,
    canaryOkAt: at,
    lastCanaryAt: null,
    freeCheckFailingSince: null,
    freeCheckFails: 0,
    freeCheckFailedAt: null,
    reportGapMs: null,
    reportedAt: null,
    votes: [],
    alert: null,
    recoveredAt: null,
    onsets: 0,
    closes: [],
    ours: null,
    oddAt: null,
    billedFails: 0,
    bursts: [],
  };
}

/** P(fault): all explanations but the harmless ones. */
export function faultOf(probabilities: Column): number {
  let fault = 0;
  for (let k = FIRST_FAULT; k < EXPLANATIONS.length; k++) fault += probabilities[k] ?? 0;
  return fault;
}

/** The usual length of a generation, in ms. */
export function medianMs(belief: Belief): number {
  return Math.exp(belief.latency.logMs);
}

/** The learnt share of bad outcomes while all is well, within its bounds. */
export function backgroundShare({ bad, of }: Background, { shareMin, shareMax }: BackgroundPolicy): number {
  return clamp(bad / of, shareMin, shareMax);
}

/** How long ago something was; endless where it never was. The clock may have gone back since. */
export function elapsedMs(at: Instant, then: Instant | null): number {
  return then === null ? Infinity : Math.max(0, at - then);
}

/**
 * Bayes' rule, bounded: P(k) x clamp(L(k) / L(fine)), renewed to sum 1. Then certainty of a fault is cut to its bound,
 * within which the faults keep their proportions.
 * @param likelihoods P(what was seen | explanation), up to a common factor
 */
export function weigh(probabilities: Column, likelihoods: Column, policy: BeliefPolicy): number[] {
  const ofFine = likelihoods[0] ?? 1;
  const max = policy.factorMax;
  const min = 1 / max;
  const weighed: number[] = [];
  for (let k = 0; k < probabilities.length; k++) {
    weighed.push((probabilities[k] ?? 0) * clamp((likelihoods[k] ?? ofFine) / ofFine, min, max));
  }
  return bounded(normalised(weighed), policy.certaintyMax);
}

/** No explanation is ever ruled out altogether. */
const PROBABILITY_MIN = 1e-9;

export function normalised(weights: number[]): number[] {
  const total = sumOf(weights);
  for (let k = 0; k < weights.length; k++) weights[k] = Math.max(PROBABILITY_MIN, (weights[k] ?? 0) / total);
  return weights;
}

function bounded(probabilities: number[], certaintyMax: number): number[] {
  const fault = faultOf(probabilities);
  if (fault <= certaintyMax) return probabilities;
  const faults = certaintyMax / fault;
  const others = (1 - certaintyMax) / (1 - fault);
  for (let k = 0; k < probabilities.length; k++) {
    probabilities[k] = (probabilities[k] ?? 0) * (k < FIRST_FAULT ? others : faults);
  }
  return probabilities;
}

function prior({ share, weight }: BackgroundPolicy): Background {
  return { bad: share * weight, of: weight };
}

export function sumOf(values: Column): number {
  let total = 0;
  for (let k = 0; k < values.length; k++) total += values[k] ?? 0;
  return total;
}
