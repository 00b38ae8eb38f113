/** How the end of a generation moves belief: ours, or a user's that a router tells of. */

import type { Instant } from './base.ts';
import { unreachable } from './base.ts';
import type { Belief } from './belief.ts';
import { backgroundShare, weigh } from './belief.ts';
import type { BeliefPolicy } from './explanations.ts';
import { INDEX } from './explanations.ts';
import { learnLatency, slowRatio } from './latency.ts';
import type { CanarySeen, ReportSeen } from './observation.ts';
import { withinSaid } from './senders.ts';
import { counted, onGone, opposite, orUsual, suspectOurs, troubled } from './signs.ts';
import { hasVoted, voted } from './votes.ts';

type GenerationSeen = CanarySeen | ReportSeen;

/** A duration this many times likelier on a slow target counts as a bad sign. */
export const SLOW_SIGN_RATIO = 3;
/** The usual is learnt only from generations that were more likely than not made while all was well. */
const LEARN_AT = 0.5;
/** The usual gap between reports follows new ones by this much. */
const GAP_STEP = 0.1;
const REPORT_GAP_MS_MIN = 1_000;

export function onCanary(belief: Belief, seen: CanarySeen, policy: BeliefPolicy): Belief {
  return onGeneration(noteCanary(belief, seen), seen, policy);
}

export function onReport(belief: Belief, seen: ReportSeen, policy: BeliefPolicy): Belief {
  const noted = noteReport(belief, seen);
  const told = onGeneration(noted, seen, policy);
  const { is } = seen.outcome;
  return is === 'auth' || is === 'quota' ? told : withinSaid(noted, told, seen, policy);
}

function noteCanary(belief: Belief, { at, isBilled, outcome }: CanarySeen): Belief {
  const billedFails =
    belief.billedFails + (isBilled && outcome.is !== 'ok' && outcome.is !== 'bad_output' ? 1 : 0);
  return { ...belief, lastCanaryAt: at, billedFails };
}

function noteReport(belief: Belief, { at, outcome }: ReportSeen): Belief {
  if (outcome.is !== 'ok' && outcome.is !== 'fail') return belief;
  if (belief.reportedAt === null) return { ...belief, reportedAt: at };
  const gapMs = Math.max(REPORT_GAP_MS_MIN, at - belief.reportedAt);
  const before = belief.reportGapMs;
  const reportGapMs = before === null ? gapMs : (1 - GAP_STEP) * before + GAP_STEP * gapMs;
  return { ...belief, reportedAt: at, reportGapMs };
}

function onGeneration(before: Belief, seen: GenerationSeen, policy: BeliefPolicy): Belief {
  const { at, outcome } = seen;
  if (outcome.is === 'auth' || outcome.is === 'quota') {
    // A user's key is not ours: it is only a reason to look.
    return seen.kind === 'report' ? { ...before, oddAt: at } : suspectOurs(before, at, 'canary');
  }
  const cleared = clearedOurs(before, seen);
  const isVote = seen.kind === 'report' && outcome.is !== 'ok';
  const belief = isVote ? voted(cleared, seen.reporter, at, policy) : cleared;
  if (isVote && hasVoted(cleared, seen.reporter, at, policy)) return belief;
  switch (outcome.is) {
    case 'gone':
      return onGone(belief, at, policy);
    case 'refused':
      return onRefused(belief, at, policy);
    case 'fail':
    case 'bad_output':
      return onFail(belief, seen, policy);
    case 'ok':
      return onOk(belief, seen, outcome.durationMs, policy);
    default:
      return unreachable(outcome);
  }
}

function onRefused(belief: Belief, at: Instant, policy: BeliefPolicy): Belief {
  const usual = backgroundShare(belief.refusal, policy.refusal);
  // Only what is answered at all can be refused.
  const refuses = orUsual(policy.generationFails, 0).map((fails) => usual * (1 - fails));
  refuses[INDEX.refusing] = policy.refusedWhenRefusing;
  const probabilities = weigh(belief.probabilities, refuses, policy);
  const fine = probabilities[0] ?? 0;
  const { bad, of } = belief.refusal;
  return {
    ...troubled(belief, at, 1),
    riskHours: 0,
    probabilities,
    refusal: { bad: bad + fine, of: of + fine },
  };
}

function onFail(belief: Belief, seen: GenerationSeen, policy: BeliefPolicy): Belief {
  const fails = failShares(belief, seen, policy);
  // Old news: something submitted later has already ended well, so this one can only speak of a part that fails.
  if (belief.okSubmittedAt !== null && seen.submittedAt < belief.okSubmittedAt) {
    const ofFine = fails[0] ?? 0;
    for (let k = 1; k < fails.length; k++) {
      if (k !== INDEX.partial && k !== INDEX.partial_seen) fails[k] = ofFine;
    }
  }
  const probabilities = weigh(belief.probabilities, fails, policy);
  const fine = probabilities[0] ?? 0;
  const { bad, of } = belief[seen.kind];
  return {
    ...troubled(belief, seen.at, 1),
    riskHours: 0,
    probabilities,
    [seen.kind]: { bad: bad + fine, of: of + fine },
  };
}

function onOk(belief: Belief, seen: GenerationSeen, durationMs: number, policy: BeliefPolicy): Belief {
  const { at, kind } = seen;
  const ratio = slowRatio(durationMs, belief.latency, policy.latency);
  const works = opposite(failShares(belief, seen, policy));
  if (kind === 'report' && seen.isHalf === true) spareParts(works);
  works[INDEX.slow] = (works[INDEX.slow] ?? 0) * ratio;
  works[INDEX.refusing] = (works[INDEX.refusing] ?? 0) * (1 - policy.refusedWhenRefusing);
  const probabilities = weigh(belief.probabilities, works, policy);
  const fine = probabilities[0] ?? 0;
  const isSlow = ratio > SLOW_SIGN_RATIO;
  const noted = isSlow ? troubled(belief, at, 1) : belief;
  return {
    ...noted,
    riskHours: 0,
    probabilities,
    okAt: isSlow ? belief.okAt : at,
    okSubmittedAt: isSlow
      ? belief.okSubmittedAt
      : Math.max(belief.okSubmittedAt ?? -Infinity, seen.submittedAt),
    canaryOkAt: kind === 'canary' ? at : belief.canaryOkAt,
    latency:
      fine > LEARN_AT ? learnLatency(belief.latency, durationMs, at, fine, policy.latency) : belief.latency,
    [kind]: counted(belief[kind], 0, fine, policy[kind]),
    refusal: counted(belief.refusal, 0, fine, policy.refusal),
  };
}

/** Says nothing of a part that fails. */
function spareParts(shares: number[]): void {
  shares[INDEX.partial] = shares[INDEX.partial_seen] = shares[0] ?? 0;
}

/** P(this generation fails | explanation); none makes it likelier to work than when all is well. */
function failShares(belief: Belief, { kind, outcome }: GenerationSeen, policy: BeliefPolicy): number[] {
  const usual =
    outcome.is === 'bad_output' ? policy.badOutputShare : backgroundShare(belief[kind], policy[kind]);
  return orUsual(policy.generationFails, usual).map((share) => Math.max(share, usual));
}

/** A canary that worked clears our account; a user's only where nothing but a free check spoke against it. */
function clearedOurs(belief: Belief, { kind, outcome }: GenerationSeen): Belief {
  if (belief.ours === null || (outcome.is !== 'ok' && outcome.is !== 'bad_output')) return belief;
  return kind === 'canary' || belief.ours.by === 'free_check' ? { ...belief, ours: null } : belief;
}
