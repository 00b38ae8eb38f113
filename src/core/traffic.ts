/**
 * Users' jobs, gathered, as evidence. However many jobs there were, one event holds few reports that stand for them in
 * proportion (see app/crowd.ts), so that a thousand good jobs are no thousandfold proof: what happens within seconds
 * at one provider is hardly independent. And each reporter has one voice: after a failure that counted, its further
 * failures do not count for a while, and of its successes the first alone does, though not against a part that fails;
 * or a router that speaks for many would hide an outage, or make one up, all by itself. Where it goes on failing
 * alone, that is worth a canary.
 */

import type { Instant } from './base.ts';
import { clamp, HOUR, MINUTE } from './base.ts';
import type { Belief } from './belief.ts';
import { faultOf, medianMs } from './belief.ts';
import type { DetectionPolicy, JudgementPolicy } from './detection.ts';
import { observe } from './evidence.ts';
import { factorsOf } from './explain.ts';
import type { BeliefPolicy } from './explanations.ts';
import { SLOW_SIGN_RATIO } from './generations.ts';
import { learnLatency, slowRatio } from './latency.ts';
import type { TargetEvent, UserReport } from './model.ts';
import type { Outcome, ReportSeen } from './observation.ts';
import { ODD_SHARE } from './outcomes.ts';
import { goodAgain, hasVoted, isAlone, isGoodAgain, voted } from './votes.ts';

export type Traffic = Extract<TargetEvent, { type: 'outcomes.reported' }>;

/** What a group of users' jobs did to belief: good ones, slow ones, or bad ones. */
export interface Moved {
  seen: ReportSeen;
  report: UserReport;
  how: 'good' | 'slow' | 'bad';
  /** By what they multiplied the odds of a fault. */
  factor: number;
  /** Whether any of them counted. */
  counted: boolean;
}

/** The usual gap follows the newest count as it would follow so many single jobs, at most. */
const GAP_STEP = 0.1;
const GAP_STEPS_MAX = 30;
const GAP_MS_MIN = 1_000;
/** A reporter's trouble with a key is most often his own: a look at ours this often is enough. */
const ODD_EVERY_MS = HOUR;
/** What one reporter says alone, with most of its jobs failing, is worth a look this often. */
const ALONE_EVERY_MS = 30 * MINUTE;
const ALONE_SHARE = 0.5;
/** What moves the odds by less was no news. */
const NEWS_FACTOR_MIN = 1.001;
/** Users' jobs that were timed before any of them is called slow. */
const SETTLED_COUNT = 20;
/** Traffic that has been silent for so many of its gaps, and for so long, has stopped. */
const SILENT_GAPS = 5;
const SILENT_MS = 3 * MINUTE;

/** Whether this event is in the belief already: recorded twice, because the answer to the first writing got lost. */
export function isHeard(belief: Belief, { at }: Traffic): boolean {
  return belief.reportedAt === at;
}

/**
 * Belief after what users' jobs came to. Pure; O(reports x explanations).
 * @param hazard see hazard.ts
 * @returns `moved`: at most one of each kind, the newest job of it
 */
export function hear(
  before: Belief,
  event: Traffic,
  { belief: policy, judgement }: DetectionPolicy,
  hazard = 1,
): { belief: Belief; moved: Moved[] } {
  let belief = before;
  const moved = new Map<Moved['how'], Moved>();
  for (const report of event.reports) {
    // A job that ended before the trouble began speaks of the time before it.
    if (report.is === 'ok' && report.at < (belief.troubleSince ?? -Infinity)) continue;
    const seen = seenOf(report, belief, policy);
    const step = take(belief, seen, report, policy, hazard);
    belief = step.belief;
    if (step.how === null) continue;
    const { factor = 1, counted = false } = moved.get(step.how) ?? {};
    const more = { factor: factor * step.factor, counted: counted || step.counted };
    moved.set(step.how, { seen, report, how: step.how, ...more });
  }
  const found = [...moved.values()];
  const flowing = flowed(before, belief, event);
  const told = !moved.has('slow') && isUsual(flowing, event, judgement) ? untroubled(flowing) : flowing;
  return { belief: wondering(told, event, found), moved: found };
}

/** A failure now and then among many good jobs is no trouble, or there would be no end of it, nor a true beginning. */
function isUsual(belief: Belief, { good, bad }: Traffic, { calmAt }: JudgementPolicy): boolean {
  if (belief.alert !== null || belief.freeCheckFailingSince !== null) return false;
  return bad < ODD_SHARE * (good + bad) && faultOf(belief.probabilities) < calmAt;
}

function untroubled(belief: Belief): Belief {
  return { ...belief, troubleSince: null, calm: null, badGenerations: 0 };
}

/** The usual gap between users' jobs in ms; where they have stopped, how long nothing has been heard. */
export function gapNow({ reportGapMs, reportedAt }: Belief, at: Instant): number | null {
  if (reportGapMs === null || reportedAt === null) return reportGapMs;
  const silentMs = at - reportedAt;
  return silentMs > Math.max(SILENT_GAPS * reportGapMs, SILENT_MS) ? silentMs : reportGapMs;
}

interface Step {
  belief: Belief;
  /** Null for what says nothing for or against the target. */
  how: Moved['how'] | null;
  factor: number;
  counted: boolean;
}

function take(
  belief: Belief,
  seen: ReportSeen,
  report: UserReport,
  policy: BeliefPolicy,
  hazard: number,
): Step {
  const nothing = { belief, how: null, factor: 1, counted: false };
  const { is } = seen.outcome;
  if (is === 'auth' || is === 'quota') {
    const isKnown = belief.oddAt !== null && seen.at - belief.oddAt < ODD_EVERY_MS;
    return isKnown ? nothing : { ...nothing, belief: observe(belief, seen, policy, hazard) };
  }
  const isSlow = is === 'ok' && isSlowFor(belief, report, policy);
  const how = isSlow ? 'slow' : is === 'ok' ? 'good' : 'bad';
  const hasSpoken = hasVoted(belief, seen.reporter, seen.at, policy);
  const isSilenced =
    how === 'good'
      ? hasSpoken && isGoodAgain(belief, seen.reporter)
      : hasSpoken || isAlone(belief, seen.reporter);
  if (isSilenced) return { ...nothing, how };
  const half = how === 'good' && hasSpoken ? { ...seen, isHalf: true } : seen;
  const asked = withUsersLatency(belief, report, policy);
  const { fault: factor } = factorsOf(asked, half, policy, hazard);
  const told = observe(asked, half, policy, hazard);
  const next = isSlow
    ? voted(told, seen.reporter, seen.at, policy)
    : how === 'good' && hasSpoken
      ? goodAgain(told, seen.reporter)
      : told;
  const counted = how !== 'bad' || factor > NEWS_FACTOR_MIN;
  return { belief: withOwnLatency(next, belief, report, policy), how, factor, counted };
}

/** One voice is no evidence when it repeats itself, but it may be right. */
function wondering(belief: Belief, { at, good, bad }: Traffic, moved: readonly Moved[]): Belief {
  const isUnheard = moved.some(({ how, counted }) => how === 'bad' && !counted);
  const isMost = bad >= ALONE_SHARE * (good + bad);
  const isKnown = belief.oddAt !== null && at - belief.oddAt < ALONE_EVERY_MS;
  return isUnheard && isMost && !isKnown && belief.alert === null ? { ...belief, oddAt: at } : belief;
}

/** A late report is heard now: what it says of then is in when the job was submitted. */
function seenOf(report: UserReport, belief: Belief, policy: BeliefPolicy): ReportSeen {
  const { submittedAt, reporter, sender = '' } = report;
  const at = Math.max(report.at, belief.at);
  return { kind: 'report', at, submittedAt, reporter, sender, outcome: outcomeOf(report, belief, policy) };
}

function outcomeOf(report: UserReport, belief: Belief, policy: BeliefPolicy): Outcome {
  const usualMs = medianMs(withUsersLatency(belief, report, policy));
  switch (report.is) {
    case 'ok':
      return { is: 'ok', durationMs: isSettled(belief, policy) ? (report.tookMs ?? usualMs) : usualMs };
    case 'fail':
      return { is: 'fail', ended: 'later' };
    case 'bad_output':
    case 'refused':
    case 'gone':
    case 'auth':
    case 'quota':
      return { is: report.is };
  }
}

function isSlowFor(belief: Belief, { tookMs }: UserReport, policy: BeliefPolicy): boolean {
  const { usersLatency } = belief;
  if (usersLatency === undefined || tookMs === undefined || !isSettled(belief, policy)) return false;
  return slowRatio(tookMs, usersLatency, policy.latency) > SLOW_SIGN_RATIO;
}

/** Where traffic begins, the quickest jobs end first: what is usual is known only after some. */
function isSettled({ usersLatency }: Belief, { latency }: BeliefPolicy): boolean {
  return usersLatency !== undefined && usersLatency.count >= latency.weight + SETTLED_COUNT;
}

/** Users order other lengths and sizes than canaries do, so their jobs have a usual of their own. */
function withUsersLatency(belief: Belief, { at, tookMs }: UserReport, policy: BeliefPolicy): Belief {
  const { latency, usersLatency } = belief;
  if (usersLatency !== undefined || tookMs === undefined)
    return { ...belief, latency: usersLatency ?? latency };
  const { sdFirst: sd, weight: count } = policy.latency;
  return { ...belief, latency: { logMs: Math.log(tookMs), sd, count, at } };
}

function withOwnLatency(told: Belief, before: Belief, report: UserReport, policy: BeliefPolicy): Belief {
  const { latency, okAt, usersLatency } = before;
  // Before the first good canary nobody knows how long one takes, whatever users' jobs do.
  const own = { ...told, latency, okAt: okAt === null ? null : told.okAt };
  const { is, tookMs } = report;
  if (is !== 'ok' || tookMs === undefined) return usersLatency === undefined ? own : { ...own, usersLatency };
  if (isSettled(before, policy)) return { ...own, usersLatency: told.latency };
  const first = withUsersLatency(before, report, policy).latency;
  return { ...own, usersLatency: learnLatency(first, tookMs, report.at, 1, policy.latency) };
}

/** Few reports stand for many jobs: how often those come is in their count, not in the reports' own times. */
function flowed(before: Belief, after: Belief, { at, good, bad, spanMs }: Traffic): Belief {
  const count = good + bad;
  const { reportGapMs: usualMs } = before;
  if (count === 0) return { ...after, reportGapMs: usualMs, reportedAt: at };
  const gapMs = Math.max(GAP_MS_MIN, spanMs / count);
  const kept = (1 - GAP_STEP) ** clamp(count, 1, GAP_STEPS_MAX);
  return {
    ...after,
    reportGapMs: usualMs === null ? gapMs : kept * usualMs + (1 - kept) * gapMs,
    reportedAt: at,
  };
}
