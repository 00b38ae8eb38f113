/** The one idea: `reduce(state, event, policy) -> { state, effects }`. Pure; time comes in with the event. */

import { clamp, DAY, unreachable } from './base.ts';
import type { Instant } from './base.ts';
import type { Step } from './effect.ts';
import { onFunds } from './funds.ts';
import type { Draft } from './health.ts';
import { nextProbe, onBlind, onCheckFault, onFault, onPass, onRetired, onSight, onSlow } from './health.ts';
import type { Cause, TargetEvent, TargetState, Verdict } from './model.ts';
import { onDay, onNotice } from './notices.ts';
import type { HealthPolicy } from './policy.ts';
import { believing } from './seeing.ts';

/** At most this many passes shape the baseline, so that it follows a provider that slowly changes. */
const BASELINE_N_MAX = 50;
/** How long slowness must last to become the usual, by and by. */
const NEW_USUAL_MS = 2 * DAY;

/** Blindness that only an accepted order ends. */
const ACCOUNT: ReadonlySet<Cause> = new Set(['auth', 'no_access', 'no_credit', 'bad_request']);
/** Failures that only an accepted order can have. */
const AFTER_ACCEPTANCE: ReadonlySet<Cause> = new Set(['bad_output', 'job_lost']);

type Judged = Extract<TargetEvent, { type: 'run.judged' }>;
type Checked = Extract<TargetEvent, { type: 'check.judged' }>;

/**
 * Folds one event into a target's state.
 * @returns the next state, what must be told, and whether anything changed at all
 */
export function reduce(state: TargetState, event: TargetEvent, policy: HealthPolicy): Step {
  const draft = fold({ state, effects: [] }, event, policy);
  const next = believing(draft.state, event, policy.detection);
  if (next === state) return { state, effects: [], changed: false };
  return { state: { ...next, version: state.version + 1 }, effects: draft.effects, changed: true };
}

function fold(draft: Draft, event: TargetEvent, policy: HealthPolicy): Draft {
  switch (event.type) {
    case 'run.judged':
      return onRun(draft, event, policy);
    case 'check.judged':
      return onBalance(onCheck(draft, event.at, event.verdict, policy), event, policy);
    case 'notice.seen':
      return onNotice(draft, event.at, { ...event.notice, firstSeenAt: event.at });
    case 'day.began':
      return onDay(draft, event.at);
    default:
      return unreachable(event);
  }
}

function onRun(draft: Draft, event: Judged, policy: HealthPolicy): Draft {
  const { at, runId, verdict } = event;
  const lastRun = { id: runId, at, verdict: verdict.is, totalMs: event.totalMs };
  const unsure = verdict.is === 'inconclusive' ? draft.state.unsure : 0;
  const noted: Draft = { ...draft, state: { ...draft.state, lastRun, unsure } };
  const sinceMs = at - (draft.state.lastRun?.at ?? at);
  const judged = onVerdict(noted, event, sinceMs, policy);
  const wasConclusive = verdict.is !== 'inconclusive' && !(verdict.is === 'fail' && verdict.blame === 'us');
  const probe = nextProbe(judged.state, at, wasConclusive, policy);
  return { ...judged, state: { ...judged.state, probe } };
}

function onVerdict(draft: Draft, event: Judged, sinceMs: number, policy: HealthPolicy): Draft {
  const { at, runId, verdict } = event;
  switch (verdict.is) {
    case 'pass':
      return onPass(learn(onSight(draft, at), event.totalMs), at, verdict.text, policy);
    case 'slow':
      return onSlow(
        learnSlow(onSight(draft, at), sinceMs, event.totalMs, policy),
        at,
        { at, runId, cause: 'slow', text: verdict.text },
        policy,
      );
    case 'inconclusive':
      return onUnsure(draft, event, policy);
    case 'fail':
      if (verdict.cause === 'retired') return onRetired(onSight(draft, at), at, null, verdict.text);
      if (verdict.blame === 'us') return onBlind(draft, at, verdict.cause, verdict.text, 'run');
      return onFault(
        sightOf(draft, at, verdict.cause),
        at,
        { at, runId, cause: verdict.cause, text: verdict.text },
        policy,
      );
    default:
      return unreachable(verdict);
  }
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
function onUnsure(draft: Draft, { at, verdict }: Judged, policy: HealthPolicy): Draft {
  // A restart of ours says nothing about how well we see.
  if (verdict.is !== 'inconclusive' || verdict.cause === 'interrupted') return draft;
  const unsure = draft.state.unsure + 1;
  const counted = { ...draft, state: { ...draft.state, unsure } };
  if (unsure < policy.unsureToBlind || draft.state.blind !== null) return counted;
  return onBlind(counted, at, verdict.cause, verdict.text, 'run');
}

/** Free checks see less than canaries: they may cast suspicion and prove a key, but never clear an outage. */
function onCheck(draft: Draft, at: Instant, verdict: Verdict, policy: HealthPolicy): Draft {
  const { state } = draft;
  // A check that goes on failing has been heard: canaries may have shown since that they need not what it asks for.
  if (verdict.is === 'fail' && state.check?.ok === false) return draft;
  if (verdict.is === 'fail' && verdict.blame === 'us') {
    const failing = { ...draft, state: { ...state, check: { ok: false, since: at } } };
    return onBlind(failing, at, verdict.cause, verdict.text, 'check');
  }
  if (verdict.is === 'fail') {
    if (state.health === 'retired') return draft;
    const next = onCheckFault(draft, at, { at, runId: null, cause: verdict.cause, text: verdict.text });
    return { ...next, state: { ...next.state, probe: sooner(next.state, at, policy) } };
  }
  if (verdict.is === 'inconclusive') return draft;
  const sighted = state.blind !== null && isProvenByCheck(state.blind) ? onSight(draft, at) : draft;
  if (sighted.state.check?.ok === true) return sighted;
  return { ...sighted, state: { ...sighted.state, check: { ok: true, since: at } } };
}

function onBalance(draft: Draft, { at, funds }: Checked, policy: HealthPolicy): Draft {
  return funds === undefined ? draft : onFunds(draft, at, funds, policy);
}

/** A failed check brings the confirming canary forward, but must never put off the one that is planned. */
function sooner(state: TargetState, at: Instant, policy: HealthPolicy): TargetState['probe'] {
  if (state.health !== 'suspect') return state.probe;
  const probe = nextProbe(state, at, true, policy);
  return probe !== null && state.probe !== null && state.probe.at < probe.at ? state.probe : probe;
}

function isProvenByCheck(blind: { cause: Cause; by: 'run' | 'check' }): boolean {
  return blind.by === 'check' || blind.cause === 'unreachable';
}

/** The baseline is a moving mean of log(ms): durations of generations are about log-normal. */
function learn(draft: Draft, totalMs: number | null): Draft {
  if (totalMs === null || totalMs <= 0) return draft;
  const { logMs, n } = draft.state.baseline;
  const seen = clamp(n + 1, 1, BASELINE_N_MAX);
  const baseline = { logMs: logMs + (Math.log(totalMs) - logMs) / seen, n: seen };
  return { ...draft, state: { ...draft.state, baseline } };
}

/**
 * What has been slower for days is the new usual: slow runs are learnt too, by a limited step and in proportion to
 * the time since the last run, because an incident brings many runs that mean no more than one.
 */
function learnSlow(draft: Draft, sinceMs: number, totalMs: number | null, policy: HealthPolicy): Draft {
  const { logMs, n } = draft.state.baseline;
  if (totalMs === null || totalMs <= 0 || n === 0) return draft;
  const step = clamp(Math.log(totalMs) - logMs, 0, Math.log(policy.slowFactor));
  const share = 1 - Math.exp(-clamp(sinceMs, 0, DAY) / NEW_USUAL_MS);
  return { ...draft, state: { ...draft.state, baseline: { logMs: logMs + step * share, n } } };
}
