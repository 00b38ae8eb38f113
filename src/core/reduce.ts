/** The one idea: `reduce(state, event, policy) -> { state, effects }`. Pure; time comes in with the event. */

import type { Instant } from './base.ts';
import { unreachable } from './base.ts';
import { notAfter } from './clock-step.ts';
import type { Step } from './effect.ts';
import { onBudget, onFunds } from './funds.ts';
import { hazardOf } from './hazard.ts';
import type { Draft } from './health.ts';
import { noteEvidence, onBlind, onJudgement, onRetired, onSight } from './health.ts';
import { decide } from './judgement.ts';
import { measured } from './measures.ts';
import type { Cause, Evidence, TargetEvent, TargetState } from './model.ts';
import { onDay, onNotice } from './notices.ts';
import type { HealthPolicy } from './policy.ts';
import { believing } from './seeing.ts';
import { usersEvidence } from './users.ts';

/** Blindness that only an accepted order ends. */
const ACCOUNT: ReadonlySet<Cause> = new Set(['auth', 'no_access', 'no_credit', 'bad_request']);
/** Failures that only an accepted order can have. */
const AFTER_ACCEPTANCE: ReadonlySet<Cause> = new Set(['bad_output', 'job_lost']);
/** A look is worth writing down when trust has moved by this much since the last writing. */
const TRUST_STEP = 0.1;

type Run = Extract<TargetEvent, { type: 'run.judged' }>;
type Check = Extract<TargetEvent, { type: 'check.judged' }>;
/** What moves belief, or lets time do so. */
type Sight = Exclude<
  TargetEvent,
  { type: 'notice.seen' | 'network.restored' | 'budget.checked' | 'day.began' | 'clock.jumped' }
>;

/**
 * Folds one event into a target's state.
 * @returns the next state, what must be told, and whether anything changed at all
 */
export function reduce(state: TargetState, event: TargetEvent, policy: HealthPolicy): Step {
  // Told twice, because the answer to the first writing got lost.
  if (event.type === 'run.judged' && event.runId === state.lastRun?.id)
    return { state, effects: [], changed: false };
  const { state: next, effects } = fold({ state, effects: [] }, event, policy);
  if (next === state) return { state, effects: [], changed: false };
  return { state: { ...next, version: state.version + 1 }, effects, changed: true };
}

function fold(draft: Draft, event: TargetEvent, policy: HealthPolicy): Draft {
  switch (event.type) {
    case 'run.judged':
      if (draft.state.health === 'retired' && !isBack(draft.state, event)) return afterEnd(draft, event);
      return judged(onRun(revived(draft, event.at), event, policy), event, policy, draft.state);
    case 'check.judged':
      if (draft.state.health === 'retired') return draft;
      return judged(onCheck(onBalance(draft, event, policy), event), event, policy, draft.state);
    case 'sibling.seen':
    case 'outcomes.reported':
    case 'looked':
    case 'sight.lost':
      return judged(draft, event, policy, draft.state);
    case 'network.restored':
      return draft.state.blind?.cause === 'unreachable' ? onSight(draft, event.at) : draft;
    case 'clock.jumped':
      return onClockJump(draft, event);
    case 'budget.checked':
      return onBudget(draft, event);
    case 'notice.seen':
      return onNotice(draft, event.at, { ...event.notice, firstSeenAt: event.at });
    case 'day.began':
      return onDay(draft, event.at);
    default:
      return unreachable(event);
  }
}

/** Belief moves, and a verdict follows from it. */
function judged(draft: Draft, event: Sight, policy: HealthPolicy, before: TargetState): Draft {
  const { at } = event;
  const { detection } = policy;
  if (draft.state.health === 'retired') return draft;
  const hazard = before.belief === null ? 1 : hazardOf(before.belief, at, detection);
  const { belief, signs, troubleCounts } = believing(before, event, detection, hazard);
  const isNews = belief !== before.belief;
  if (belief === null || (!isNews && event.type !== 'looked' && draft.state === before)) return draft;
  const state = { ...draft.state, belief, signs, troubleCounts };
  const seen = isNews ? evidenceOf(event) : null;
  const noted = seen === null ? { ...draft, state } : noteEvidence({ ...draft, state }, seen);
  const running = ('running' in event ? event.running : undefined) ?? [];
  // Before the first video nobody knows how long one takes.
  const judgement = decide(belief, belief.okAt === null ? [] : running, at, detection, hazard);
  const next = onJudgement(noted, judgement, at, policy);
  return event.type === 'looked' && !isWorthWriting(before, next) ? draft : next;
}

/** What to show people of an event that speaks against the provider. */
function evidenceOf(event: Sight): Evidence | null {
  if (event.type === 'outcomes.reported') return usersEvidence(event);
  if (event.type !== 'run.judged' && event.type !== 'check.judged') return null;
  const { at, verdict } = event;
  const begunAt = event.type === 'run.judged' ? event.submittedAt : event.startedAt;
  const since = begunAt === undefined ? {} : { since: begunAt };
  const runId = event.type === 'run.judged' ? event.runId : null;
  if (verdict.is === 'slow') return { at, ...since, runId, cause: 'slow', text: verdict.text };
  if (verdict.is === 'inconclusive' && verdict.cause === 'moderated')
    return { at, ...since, runId, cause: verdict.cause, text: verdict.text };
  if (verdict.is !== 'fail' || verdict.blame !== 'provider') return null;
  return { at, ...since, runId, cause: verdict.cause, text: verdict.text };
}

/** Belief is made anew at each look; only what follows from it is kept. */
function isWorthWriting(before: TargetState, { state, effects }: Draft): boolean {
  return (
    effects.length > 0 ||
    before.health !== state.health ||
    (before.belief?.troubleSince === null) !== (state.belief?.troubleSince === null) ||
    Math.abs(before.trust - state.trust) >= TRUST_STEP
  );
}

/** A canary that was ordered after the end has made a video: the model is there after all. */
function isBack({ since }: TargetState, { at, verdict, submittedAt = at }: Run): boolean {
  return (verdict.is === 'pass' || verdict.is === 'slow') && submittedAt >= since;
}

function revived(draft: Draft, at: Instant): Draft {
  if (draft.state.health !== 'retired') return draft;
  return { ...draft, state: { ...draft.state, health: 'unknown', since: at, gone: 0 } };
}

/** Retirement is final: what a canary of a retired target finds is kept as its last run, and changes nothing. */
function afterEnd(draft: Draft, { at, runId, verdict, totalMs }: Run): Draft {
  return { ...draft, state: { ...draft.state, lastRun: { id: runId, at, verdict: verdict.is, totalMs } } };
}

/**
 * Nothing waits for an instant that lies ahead since the clock was set back; and that a free check goes on failing is
 * not seen by whoever does not look.
 */
function onClockJump(draft: Draft, { at, lostMs }: Extract<TargetEvent, { type: 'clock.jumped' }>): Draft {
  const { belief } = draft.state;
  const since = belief?.freeCheckFailingSince ?? null;
  if (lostMs <= 0) return withState(draft, notAfter(draft.state, at));
  if (belief === null || since === null || since >= at) return draft;
  return withState(draft, {
    ...draft.state,
    belief: { ...belief, freeCheckFailingSince: Math.min(at, since + lostMs) },
  });
}

function withState(draft: Draft, state: TargetState): Draft {
  return state === draft.state ? draft : { ...draft, state };
}

function onRun(draft: Draft, event: Run, policy: HealthPolicy): Draft {
  const { at, runId, verdict } = event;
  const isGone = verdict.is === 'fail' && verdict.cause === 'retired';
  const noted: Draft = {
    ...draft,
    state: {
      ...draft.state,
      lastRun: { id: runId, at, verdict: verdict.is, totalMs: event.totalMs },
      measures: measured(draft.state.measures, event, policy.measures),
      unsure: verdict.is === 'inconclusive' ? draft.state.unsure : 0,
      gone: isGone ? draft.state.gone + 1 : verdict.is === 'inconclusive' ? draft.state.gone : 0,
    },
  };
  switch (verdict.is) {
    case 'pass':
    case 'slow':
      return onVideo(onSight(noted, at), event);
    case 'inconclusive':
      return onUnsure(noted, event, policy);
    case 'fail': {
      if (verdict.blame === 'us') return onBlind(noted, at, verdict.cause, verdict.text, 'run');
      const isRetired = isGone && noted.state.gone >= policy.goneToRetired;
      if (isRetired) return onRetired(noted, at, null, verdict.text);
      return sightOf(noted, at, verdict.cause);
    }
    default:
      return unreachable(verdict);
  }
}

function onVideo(draft: Draft, { verdict }: Run): Draft {
  const { state } = draft;
  const reason = { code: 'ok', text: verdict.text };
  return { ...draft, state: { ...state, passesEver: state.passesEver + 1, reason } };
}

/** What a provider's own failure proves about us: a 502 came from in front of the door, and says nothing of our key. */
function sightOf(draft: Draft, at: Instant, cause: Cause): Draft {
  const { blind } = draft.state;
  const isAccount = blind !== null && ACCOUNT.has(blind.cause);
  return isAccount && !AFTER_ACCEPTANCE.has(cause) ? draft : onSight(draft, at);
}

/**
 * A run that says nothing changes nothing by itself. But health that nobody could look at for several runs (our rate
 * limit, a refused prompt) must not go on looking fresh.
 */
function onUnsure(draft: Draft, { at, verdict }: Run, policy: HealthPolicy): Draft {
  // A restart of ours says nothing about how well we see.
  if (verdict.is !== 'inconclusive' || verdict.cause === 'interrupted') return draft;
  // Who refuses what he has made before has changed: that goes to belief.
  if (verdict.cause === 'moderated' && draft.state.passesEver > 0) return draft;
  const unsure = draft.state.unsure + 1;
  const counted = { ...draft, state: { ...draft.state, unsure } };
  if (unsure < policy.unsureToBlind || draft.state.blind !== null) return counted;
  return onBlind(counted, at, verdict.cause, verdict.text, 'run');
}

/** Free checks see less than canaries: they prove a key, or make it doubtful; what else they say goes to belief. */
function onCheck(draft: Draft, { at, verdict }: Check): Draft {
  const { state } = draft;
  if (verdict.is === 'inconclusive') return draft;
  if (verdict.is === 'fail') {
    if (verdict.blame === 'us') {
      // One that goes on failing has been heard: canaries may have shown since that they need not what it asks for.
      if (state.check?.ok === false) return draft;
      const failing = { ...draft, state: { ...state, check: { ok: false, since: at } } };
      return onBlind(failing, at, verdict.cause, verdict.text, 'check');
    }
    return draft;
  }
  const sighted = state.blind !== null && isProvenByCheck(state.blind) ? onSight(draft, at) : draft;
  if (sighted.state.check?.ok === true) return sighted;
  return { ...sighted, state: { ...sighted.state, check: { ok: true, since: at } } };
}

function onBalance(draft: Draft, { at, funds }: Check, policy: HealthPolicy): Draft {
  return funds === undefined ? draft : onFunds(draft, at, funds, policy);
}

function isProvenByCheck(blind: { cause: Cause; by: 'run' | 'check' }): boolean {
  return blind.by === 'check' || blind.cause === 'unreachable';
}
