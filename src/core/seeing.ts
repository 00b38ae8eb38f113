/** What the events of a target say to belief: one observation each, or nothing. */

import type { Belief } from './belief.ts';
import { faultOf, freshBelief, medianMs } from './belief.ts';
import { noteStarted } from './demand.ts';
import type { DetectionPolicy } from './detection.ts';
import { observe } from './evidence.ts';
import { factorsOf } from './explain.ts';
import type { Cause, RunId, TargetEvent, TargetState, Verdict } from './model.ts';
import { relax } from './relax.ts';
import type { FreeCheckSeen, Observation, Outcome } from './observation.ts';
import { fromSibling } from './observation.ts';
import type { Sign } from './signlist.ts';
import { heardSigns, signsOf, withCounted, withSign, withSigns } from './signlist.ts';
import { hear, isHeard } from './traffic.ts';
import { forgetOurs } from './ourselves.ts';
import { countUnexplained, forgetUnexplained, keepUnexplained, seconds, usersSecond } from './unexplained.ts';
import { firstUsual, newUsual } from './usual.ts';

/** How long a generation is thought to take before any has been seen. */
const TYPICAL_MS = 90_000;

type Run = Extract<TargetEvent, { type: 'run.judged' }>;
type Check = Extract<TargetEvent, { type: 'check.judged' }>;

/**
 * The target's state with its belief moved by what the event shows; the same state where it shows nothing new.
 * @param hazard see hazard.ts
 */
export function believing(
  state: TargetState,
  event: TargetEvent,
  policy: DetectionPolicy,
  hazard = 1,
): TargetState {
  const belief = state.belief ?? freshBelief(event.at, TYPICAL_MS, policy.belief);
  if (event.type === 'sight.lost') {
    const calmed = forgetOurs(belief, event.at, policy.ourselves);
    return calmed === belief ? state : { ...state, belief: calmed };
  }
  if (event.type === 'outcomes.reported') {
    if (isHeard(belief, event)) return state;
    const alone = hear(belief, event, policy, hazard);
    const counted = usersSecond(belief, alone.belief, alone.moved, policy.judgement)
      ? countUnexplained(belief, event.at, policy.belief, hazard)
      : null;
    const heard = counted === null ? alone : hear(counted.belief, event, policy, hazard);
    const signs = signsOf(heard.moved, event);
    return {
      ...state,
      belief: heard.belief,
      signs: heardSigns(withSigns(state.signs, counted?.signs), signs, heard.belief),
      troubleCounts: withCounted(state.troubleCounts, heard.belief, [...(counted?.signs ?? []), ...signs]),
    };
  }
  const unread = unexplainedIn(event);
  if (unread !== null) return { ...state, belief: keptUnexplained(belief, unread) };
  const seen = observationOf(event, belief);
  if (seen === null || isNoNews(state, event, belief, policy)) return state;
  const isSlow = 'verdict' in event && event.verdict.is === 'slow';
  const sign = { seen, text: textOf(event), by: byOf(event), ...(isSlow && { isSlow }) };
  if (isKnown(sign, state.signs)) return state;
  const ended = event.type === 'run.judged' ? onRunEnded(belief, event, policy) : belief;
  const { belief: prepared, signs: waited } = seconds(seen)
    ? countUnexplained(ended, event.at, policy.belief, hazard)
    : { belief: isGood(seen) ? forgetUnexplained(ended) : ended, signs: [] };
  const { fault: factor } = factorsOf(prepared, seen, policy.belief, hazard);
  const moved = observe(prepared, seen, policy.belief, hazard);
  return {
    ...state,
    belief:
      event.type === 'run.judged' && isUnlearnt(event, prepared, moved) ? learnt(moved, event, state) : moved,
    signs: withSign(withSigns(state.signs, waited), { ...sign, factor, times: 1 }),
    troubleCounts: withCounted(state.troubleCounts, moved, [...waited, sign]),
  };
}

function unexplainedIn(event: TargetEvent): Run | null {
  if (event.type !== 'run.judged' || event.verdict.is !== 'inconclusive') return null;
  return event.verdict.cause === 'unexplained' ? event : null;
}

function keptUnexplained(belief: Belief, { at, runId, submittedAt = at }: Run): Belief {
  // An event that was recorded twice is one failure.
  if (belief.unexplained?.some((one) => one.runId === runId)) return belief;
  return keepUnexplained(belief, { at, submittedAt, runId });
}

function isGood(seen: Observation): boolean {
  return seen.kind === 'canary' && seen.outcome.is === 'ok';
}

/** What a canary of one target says to the other targets of its provider; null where it says nothing to them. */
export function forSiblings(
  event: Run,
  belief: Belief | null,
): Extract<TargetEvent, { type: 'sibling.seen' }> | null {
  const seen = belief === null ? null : observationOf(event, belief);
  const told = seen === null ? null : fromSibling(seen);
  if (told?.kind !== 'sibling') return null;
  return { type: 'sibling.seen', at: event.at, by: event.runId, is: told.is };
}

/** Recorded twice, because the answer to the first writing got lost. */
function isKnown({ seen, text, by }: Omit<Sign, 'factor' | 'times'>, [newest]: readonly Sign[]): boolean {
  return (
    newest?.seen.kind === seen.kind && newest.seen.at === seen.at && newest.by === by && newest.text === text
  );
}

/**
 * What says next to nothing but would be written every minute: that all is well where nothing is suspected, and a free
 * check that goes on failing although canaries have shown since that they do not need what it asks for.
 */
function isNoNews(
  state: TargetState,
  event: TargetEvent,
  belief: Belief,
  { belief: policy, judgement }: DetectionPolicy,
): boolean {
  if (event.type === 'sibling.seen') return event.is === 'ok' && isCalm();
  if (event.type !== 'check.judged') return false;
  const { verdict } = event;
  if (verdict.is !== 'fail') return isCalm() && belief.freeCheckFailingSince === null && belief.ours === null;
  if (verdict.blame === 'us') return state.check?.ok === false;
  const { okSubmittedAt, freeCheckFailingSince: since, alert } = belief;
  return alert === null && since !== null && okSubmittedAt !== null && okSubmittedAt > since;

  function isCalm(): boolean {
    return faultOf(relax(belief, event.at, policy).probabilities) < judgement.suspectAt;
  }
}

/** What the end of a run changes beside belief in a fault: the first usual, and how many were started lately. */
function onRunEnded(belief: Belief, event: Run, policy: DetectionPolicy): Belief {
  const { at, verdict, totalMs, submittedAt = at } = event;
  const counted = noteStarted(belief, 1, submittedAt, policy.demand);
  return verdict.is === 'pass' && totalMs !== null && totalMs > 0 ? firstUsual(counted, totalMs) : counted;
}

/** A good video that came late, or while too little was well for belief to learn from it: what has been slow for days. */
function isUnlearnt({ verdict }: Run, before: Belief, after: Belief): boolean {
  return verdict.is === 'slow' || (verdict.is === 'pass' && after.latency === before.latency);
}

/** Slowness becomes the usual by and by, but only once it has spoken: what is rare would have no weight else. */
function learnt(belief: Belief, { at, totalMs }: Run, { lastRun }: TargetState): Belief {
  if (totalMs === null || totalMs <= 0) return belief;
  return newUsual(belief, totalMs, at - (lastRun?.at ?? at), at);
}

function observationOf(event: TargetEvent, belief: Belief): Observation | null {
  switch (event.type) {
    case 'run.judged': {
      const outcome = outcomeOf(event, belief);
      if (outcome === null) return null;
      const { at, submittedAt = at, isBilled = false } = event;
      return { kind: 'canary', at, submittedAt, isBilled, outcome };
    }
    case 'check.judged': {
      const is = checkOf(event);
      return is === null ? null : { kind: 'free_check', at: event.at, is };
    }
    case 'sibling.seen':
      return { kind: 'sibling', at: event.at, is: event.is };
    case 'outcomes.reported':
    case 'looked':
    case 'sight.lost':
    case 'network.restored':
    case 'clock.jumped':
    case 'budget.checked':
    case 'notice.seen':
    case 'day.began':
      return null;
  }
}

function textOf(event: TargetEvent): string {
  if ('verdict' in event) return event.verdict.text;
  return event.type === 'sibling.seen' ? event.by : '';
}

function byOf(event: TargetEvent): RunId | null {
  if (event.type === 'run.judged') return event.runId;
  return event.type === 'sibling.seen' ? event.by : null;
}

/** How a canary ended, as evidence. What says nothing of the provider says nothing to belief. */
function outcomeOf({ verdict, totalMs, endedIn = 'later' }: Run, belief: Belief): Outcome | null {
  switch (verdict.is) {
    case 'pass':
    case 'slow':
      // A restart lay in between: the video is good, and its time is taken to be the usual one.
      return { is: 'ok', durationMs: totalMs !== null && totalMs > 0 ? totalMs : medianMs(belief) };
    case 'inconclusive':
      // A prompt that never passed may be to blame itself.
      return verdict.cause === 'moderated' && belief.okAt !== null ? { is: 'refused' } : null;
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

function checkOf({ verdict }: Check): FreeCheckSeen['is'] | null {
  switch (verdict.is) {
    case 'pass':
    case 'slow':
      return 'ok';
    case 'inconclusive':
      return null;
    case 'fail': {
      if (verdict.blame === 'provider') return isGone(verdict) ? 'gone' : 'fail';
      const ours = OURS[verdict.cause];
      return ours?.is === 'auth' || ours?.is === 'quota' ? ours.is : null;
    }
  }
}

function isGone(verdict: Verdict): boolean {
  return verdict.is === 'fail' && (verdict.cause === 'retired' || verdict.cause === 'model_missing');
}
