/** Belief in words: sentences that a tired person can check, and by how much each sign moved the odds. */

import type { Instant } from './base.ts';
import { clamp, HOUR, MINUTE } from './base.ts';
import type { Belief } from './belief.ts';
import { faultOf, medianMs } from './belief.ts';
import type { BeliefPolicy, Column, Explanation } from './explanations.ts';
import { EXPLANATIONS, FIRST_FAULT } from './explanations.ts';
import { observe } from './evidence.ts';
import type { Judgement } from './judgement.ts';
import type { Observation } from './observation.ts';
import { relax } from './relax.ts';
import type { TroubleCounts } from './signlist.ts';

export const EXPLANATION_WORDS: Record<Explanation, string> = {
  fine: 'fine',
  free_check_trouble: 'trouble of the free check alone',
  blip: 'a short burst of errors',
  api_down: 'API down',
  generation_down: 'generation down',
  partial: 'part of the videos fails',
  slow: 'slow',
  partial_seen: 'part of the videos and free checks fails',
  refusing: 'refuses everything',
};

/** What an observation did to the odds of a fault. */
export interface Factors {
  /** Odds of any fault after it, against before it: 1 says nothing, above speaks for a fault, below against. */
  fault: number;
  faultBefore: number;
  faultAfter: number;
  /** The same for each explanation, against all others, in the order of EXPLANATIONS. */
  each: Column;
}

/** By what factor an observation moves the odds, all that time did to them left aside. */
export function factorsOf(belief: Belief, seen: Observation, policy: BeliefPolicy, hazard = 1): Factors {
  const before = relax(belief, seen.at, policy, hazard).probabilities;
  const after = observe(belief, seen, policy, hazard).probabilities;
  const faultBefore = faultOf(before);
  const faultAfter = faultOf(after);
  const each = before.map((was, k) => oddsRatio(was, after[k] ?? 0));
  return { fault: oddsRatio(faultBefore, faultAfter), faultBefore, faultAfter, each };
}

/** An observation, and what is known of it in words: `server errors: HTTP 503`. */
export interface Told {
  seen: Observation;
  text: string;
  /** A good generation that came far too late. */
  isSlow?: boolean;
  /** How many it stands for; one where it is absent. */
  times?: number;
}

/** What surrounds a verdict. `recent` is newest first. */
export interface Around {
  recent: readonly Told[];
  /** Of all that was seen since the trouble began; null where it is not known. */
  counts: TroubleCounts | null;
  /** Other providers, and how many of them are fine. */
  others: { fine: number; all: number };
}

/**
 * Why a target is judged as it is, as sentences without an end mark, the most telling first:
 * `API down 99.0 %`, `3 of 3 canaries failed since 14:02 UTC (server errors: HTTP 503)`, `free check fails since 14:01 UTC`.
 */
export function explain(judgement: Judgement, around: Around): string[] {
  const { belief } = judgement;
  return [
    headline(judgement),
    ...generationsText('canary', 'canaries', belief, around),
    ...generationsText('report', "users' jobs", belief, around),
    ...freeCheckText(belief),
    ...statusText(around.recent),
    ...overdueText(judgement),
    ...oursText(belief),
    ...othersText(around.others),
    ...doubtText(judgement.probabilities),
  ];
}

/** The likeliest explanation, where it is a fault or not. */
export function likeliest(probabilities: Column): { explanation: Explanation; probability: number } {
  let best = 0;
  for (let k = 1; k < EXPLANATIONS.length; k++) {
    if ((probabilities[k] ?? 0) > (probabilities[best] ?? 0)) best = k;
  }
  return { explanation: EXPLANATIONS[best] ?? 'fine', probability: probabilities[best] ?? 0 };
}

function headline({ state, probabilities, fault }: Judgement): string {
  if (state === 'blind') return 'cannot see: our own key, quota or account';
  const { explanation, probability } = likeliest(probabilities);
  if (explanation === 'fine' || fault < 0.5)
    return `${EXPLANATION_WORDS[explanation]} ${percent(probability)}`;
  const worst = likeliest(probabilities.map((p, k) => (k < FIRST_FAULT ? 0 : p)));
  const text = `${EXPLANATION_WORDS[worst.explanation]} ${percent(worst.probability)}`;
  return fault - worst.probability < 0.005 ? text : `${text}, some fault ${percent(fault)}`;
}

/** How many generations of a kind went wrong in this trouble, and what the newest bad one said. */
function generationsText(
  kind: 'canary' | 'report',
  words: string,
  { troubleSince }: Belief,
  { recent, counts }: Around,
): string[] {
  if (troubleSince === null) return [];
  const seen = recent.filter(({ seen }) => seen.at >= troubleSince && seen.kind === kind);
  const bad = seen.filter(isBad);
  const newest = bad[0];
  // Only the newest signs are kept, and a count of these must not be taken for a count of all.
  const counted = counts?.since === troubleSince ? counts[kind] : { bad: 0, all: 0 };
  const all = Math.max(counted.all, countOf(seen));
  const badAll = Math.max(counted.bad, countOf(bad));
  if (badAll === 0) return all === 0 ? [] : [`${all} of ${all} ${words} fine`];
  // Of those that stand for many only the newest is known.
  const first = bad.length < badAll ? troubleSince : (bad.at(-1)?.seen.at ?? troubleSince);
  const how = newest !== undefined && bad.every((told) => told.isSlow) ? 'slow' : 'bad';
  const heard = newest === undefined || newest.text === '' ? '' : ` (${newest.text})`;
  return [`${badAll} of ${all} ${words} ${how} since ${clock(first)}${heard}`];
}

function countOf(told: readonly Told[]): number {
  return told.reduce((sum, { times = 1 }) => sum + times, 0);
}

export function isBad({ seen, isSlow = false }: Told): boolean {
  return isSlow || ((seen.kind === 'canary' || seen.kind === 'report') && seen.outcome.is !== 'ok');
}

function freeCheckText({ freeCheckFailingSince }: Belief): string[] {
  return freeCheckFailingSince === null ? [] : [`free check fails since ${clock(freeCheckFailingSince)}`];
}

function statusText(recent: readonly Told[]): string[] {
  const newest = recent.find(({ seen }) => seen.kind === 'status');
  if (newest?.seen.kind !== 'status' || newest.seen.is === 'cleared') return [];
  return [`status page at ${clock(newest.seen.at)}: ${newest.text}`];
}

function overdueText({ overdue, overdueSince, belief }: Judgement): string[] {
  if (overdueSince === null) return [];
  const times = ((belief.at - overdueSince) / medianMs(belief)).toFixed(1);
  return [
    `${overdue} ${overdue === 1 ? 'job' : 'jobs'} overdue, up to x${times} the usual ${span(medianMs(belief))}`,
  ];
}

function oursText({ ours }: Belief): string[] {
  if (ours === null) return [];
  const who = ours.by === 'canary' ? 'canaries' : 'free checks';
  return [`${who} say that it is our key or quota, last at ${clock(ours.at)}`];
}

function othersText({ fine, all }: Around['others']): string[] {
  return all === 0 ? [] : [`${fine} of ${all} other providers fine`];
}

/** What else it may be. */
function doubtText(probabilities: Column): string[] {
  const { explanation } = likeliest(probabilities);
  const others = EXPLANATIONS.map((name, k) => ({ name, p: probabilities[k] ?? 0 }))
    .filter(({ name, p }) => name !== explanation && p >= 0.01)
    .sort((a, b) => b.p - a.p)
    .slice(0, 3)
    .map(({ name, p }) => `${EXPLANATION_WORDS[name]} ${percent(p)}`);
  return others.length === 0 ? [] : [`else: ${others.join(', ')}`];
}

const PROBABILITY_MIN = 1e-12;

function oddsRatio(before: number, after: number): number {
  return odds(after) / odds(before);
}

function odds(probability: number): number {
  const p = clamp(probability, PROBABILITY_MIN, 1 - PROBABILITY_MIN);
  return p / (1 - p);
}

function percent(probability: number): string {
  return `${(100 * probability).toFixed(1)} %`;
}

/** `14:02 UTC`. */
function clock(at: Instant): string {
  const minutes = Math.floor(at / MINUTE) % 60;
  const hours = Math.floor(at / HOUR) % 24;
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')} UTC`;
}

function span(ms: number): string {
  return ms < 2 * MINUTE ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / MINUTE)} min`;
}
