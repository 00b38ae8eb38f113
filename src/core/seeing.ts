/** What the events of a target say to belief: one observation each, or nothing. */

import type { Belief } from './belief.ts';
import { faultOf, freshBelief, medianMs } from './belief.ts';
import type { DetectionPolicy } from './detection.ts';
import { observe } from './evidence.ts';
import type { Told } from './explain.ts';
import { factorsOf } from './explain.ts';
import type { Cause, TargetEvent, TargetState, Verdict } from './model.ts';
import { relax } from './relax.ts';
import type { FreeCheckSeen, Observation, Outcome } from './observation.ts';

/** Signs that are kept to explain belief by. */
const SIGNS_MAX = 12;
/** How long a generation is thought to take before any has been seen. */
const TYPICAL_MS = 90_000;

/** An observation in words, and by what factor it moved the odds of a fault. */
export interface Sign extends Told {
  factor: number;
}

type Run = Extract<TargetEvent, { type: 'run.judged' }>;

/**
 * The target's state with its belief moved by what the event shows. A free check that finds all well where nothing is
 * suspected is no news: it would be written every minute, and moves belief by next to nothing.
 */
export function believing(state: TargetState, event: TargetEvent, policy: DetectionPolicy): TargetState {
  const belief = state.belief ?? freshBelief(event.at, typicalMs(state), policy.belief);
  if (isNoNews(event, belief, policy)) return state;
  const told = tellingOf(event, belief);
  if (told === null || isKnown(told, state.signs)) return state;
  const { fault: factor } = factorsOf(belief, told.seen, policy.belief);
  const next = observe(belief, told.seen, policy.belief);
  const signs = [{ ...told, factor }, ...state.signs].slice(0, SIGNS_MAX);
  return { ...state, belief: next, signs };
}

/** Recorded twice, because the answer to the first writing got lost. */
function isKnown({ seen, text }: Told, [newest]: readonly Sign[]): boolean {
  return newest?.seen.kind === seen.kind && newest.seen.at === seen.at && newest.text === text;
}

function isNoNews(
  event: TargetEvent,
  belief: Belief,
  { belief: policy, judgement }: DetectionPolicy,
): boolean {
  if (event.type !== 'check.judged' || event.verdict.is !== 'pass') return false;
  const now = relax(belief, event.at, policy);
  return faultOf(now.probabilities) < judgement.suspectAt && belief.freeCheckFailingSince === null;
}

function typicalMs({ baseline }: TargetState): number {
  return baseline.n > 0 ? Math.exp(baseline.logMs) : TYPICAL_MS;
}

function tellingOf(event: TargetEvent, belief: Belief): Told | null {
  switch (event.type) {
    case 'run.judged': {
      const outcome = outcomeOf(event, belief);
      if (outcome === null) return null;
      const { at, submittedAt = at, isBilled = false } = event;
      const seen: Observation = { kind: 'canary', at, submittedAt, isBilled, outcome };
      return { seen, text: event.verdict.text };
    }
    case 'check.judged': {
      const is = checkOf(event.verdict);
      return is === null
        ? null
        : { seen: { kind: 'free_check', at: event.at, is }, text: event.verdict.text };
    }
    case 'notice.seen':
    case 'day.began':
      return null;
  }
}

/** How a canary ended, as evidence. What says nothing of the provider says nothing to belief. */
function outcomeOf({ verdict, totalMs, endedIn = 'later' }: Run, belief: Belief): Outcome | null {
  switch (verdict.is) {
    case 'pass':
    case 'slow':
      // A restart lay in between: the video is good, and its time is taken to be the usual one.
      return { is: 'ok', durationMs: totalMs ?? medianMs(belief) };
    case 'inconclusive':
      return verdict.cause === 'moderated' ? { is: 'refused' } : null;
    case 'fail':
      if (verdict.blame === 'us') return OURS[verdict.cause] ?? null;
      if (verdict.cause === 'bad_output') return { is: 'bad_output' };
      if (verdict.cause === 'retired' || verdict.cause === 'model_missing') return { is: 'gone' };
      return { is: 'fail', ended: endedIn };
  }
}

/** Answers about our own key and account; the other causes of ours say nothing at all. */
const OURS: Partial<Record<Cause, Outcome>> = {
  auth: { is: 'auth' },
  no_access: { is: 'auth' },
  no_credit: { is: 'quota' },
};

function checkOf(verdict: Verdict): FreeCheckSeen['is'] | null {
  switch (verdict.is) {
    case 'pass':
    case 'slow':
      return 'ok';
    case 'inconclusive':
      return null;
    case 'fail': {
      if (verdict.blame === 'provider') return verdict.cause === 'retired' ? 'gone' : 'fail';
      const ours = OURS[verdict.cause];
      return ours?.is === 'auth' || ours?.is === 'quota' ? ours.is : null;
    }
  }
}
