/** How health moves: the states, their hysteresis, and when the next look is wanted. */

import type { Instant } from './base.ts';
import { clamp } from './base.ts';
import { reasonText } from './classify.ts';
import type { Cause, Evidence, Health, Incident, Notice, Reason, TargetState } from './model.ts';
import type { Effect } from './effect.ts';
import type { HealthPolicy } from './policy.ts';

export const EVIDENCE_MAX = 5;
const CLOSED_MAX = 8;

/** One step of thinking about a target: the state so far, and what must be told. */
export interface Draft {
  state: TargetState;
  effects: Effect[];
}

/** A good video was seen. */
export function onPass(draft: Draft, at: Instant, text: string, policy: HealthPolicy): Draft {
  const before = draft.state;
  const state = {
    ...before,
    fails: 0,
    slows: 0,
    passes: before.passes + 1,
    passesEver: before.passesEver + 1,
  };
  const reason: Reason = { code: 'ok', text };
  if (before.incident === null) {
    return { ...draft, state: enter({ ...state, troubleSince: null, evidence: [], reason }, 'healthy', at) };
  }
  const needed = passesNeeded(before, at, policy);
  if (state.passes >= needed) return settle({ ...draft, state: { ...state, reason } }, 'healthy', at);
  const hope: Reason = {
    code: 'recovering',
    text: `${text}; ${state.passes} of ${needed} passes that end the incident`,
  };
  return { ...draft, state: enter({ ...state, reason: hope }, 'recovering', at) };
}

/** A provider's fault was seen, by a canary. */
export function onFault(draft: Draft, at: Instant, seen: Evidence, policy: HealthPolicy): Draft {
  const before = draft.state;
  const state: TargetState = {
    ...before,
    fails: before.fails + 1,
    passes: 0,
    troubleSince: before.troubleSince ?? at,
    evidence: [seen, ...before.evidence].slice(0, EVIDENCE_MAX),
    reason: { code: seen.cause, text: reasonText(seen.cause, seen.text) },
  };
  if (before.health === 'retired') return { ...draft, state };
  if (before.incident?.worst === 'down') return settle({ ...draft, state }, 'down', at);
  if (state.fails >= policy.failuresToDown) return settle({ ...draft, state }, 'down', at);
  if (before.incident !== null) return settle({ ...draft, state }, 'degraded', at);
  return { ...draft, state: enter(state, 'suspect', at) };
}

/** A good video came, but far later than usual. */
export function onSlow(draft: Draft, at: Instant, seen: Evidence, policy: HealthPolicy): Draft {
  const before = draft.state;
  // During an outage even a slow video is good news; its slowness is judged once things work again.
  if (before.incident?.worst === 'down') return onPass(draft, at, seen.text, policy);
  const state: TargetState = {
    ...before,
    fails: 0,
    slows: before.slows + 1,
    passes: 0,
    passesEver: before.passesEver + 1,
    troubleSince: before.troubleSince ?? at,
    evidence: [seen, ...before.evidence].slice(0, EVIDENCE_MAX),
    reason: { code: 'slow', text: reasonText('slow', seen.text) },
  };
  if (before.incident !== null || state.slows >= policy.slowsToDegraded) {
    return settle({ ...draft, state }, 'degraded', at);
  }
  return { ...draft, state: enter(state, 'suspect', at) };
}

/** A free check failed by the provider's fault: reason enough to look properly, never more than that. */
export function onCheckFault(draft: Draft, at: Instant, seen: Evidence): Draft {
  const before = draft.state;
  const state = { ...before, check: { ok: false, since: at } };
  if (before.health !== 'healthy' && before.health !== 'unknown') return { ...draft, state };
  return {
    ...draft,
    state: enter(
      {
        ...state,
        troubleSince: at,
        evidence: [seen],
        reason: { code: seen.cause, text: `free check: ${reasonText(seen.cause, seen.text)}` },
      },
      'suspect',
      at,
    ),
  };
}

/**
 * We cannot see: our key, account, request or network. Health is held, and people are told once, however the cause
 * changes meanwhile. What a canary has found is never replaced by what a free check says.
 */
export function onBlind(draft: Draft, at: Instant, cause: Cause, text: string, by: 'run' | 'check'): Draft {
  const before = draft.state;
  if (before.blind !== null && (by === 'check' || before.blind.cause === cause)) return draft;
  const since = before.blind?.since ?? at;
  const state: TargetState = { ...before, blind: { cause, since, text: reasonText(cause, text), by } };
  if (before.blind !== null) return { ...draft, state };
  return { state, effects: [...draft.effects, { type: 'blind.began', at, target: state.id, cause, text }] };
}

export function onSight(draft: Draft, at: Instant): Draft {
  const { blind } = draft.state;
  if (blind === null) return draft;
  const told: Effect = {
    type: 'blind.ended',
    at,
    target: draft.state.id,
    cause: blind.cause,
    // The clock may have gone back.
    durationMs: Math.max(0, at - blind.since),
  };
  return { state: { ...draft.state, blind: null }, effects: [...draft.effects, told] };
}

/** The provider has said, or shown beyond doubt, that the model is gone. */
export function onRetired(draft: Draft, at: Instant, notice: Notice | null, text: string): Draft {
  if (draft.state.health === 'retired') return draft;
  const gone = settle(draft, 'retired', at);
  const since = notice?.effectiveAt === null || notice === null ? at : Math.min(at, notice.effectiveAt);
  const state: TargetState = {
    ...gone.state,
    since,
    notice: notice ?? gone.state.notice,
    reason: { code: 'retired', text },
    probe: null,
  };
  return {
    state,
    effects: [...gone.effects, { type: 'target.retired', at, target: state.id, notice: state.notice, text }],
  };
}

/** The only place that opens, changes or closes an incident. */
function settle(draft: Draft, to: 'down' | 'degraded' | 'healthy' | 'retired', at: Instant): Draft {
  const before = draft.state;
  const target = before.id;
  if (to === 'healthy' || to === 'retired') {
    const calm: TargetState = {
      ...before,
      troubleSince: null,
      evidence: [],
      incident: null,
      fails: 0,
      slows: 0,
    };
    if (before.incident === null) return { ...draft, state: enter(calm, to, at) };
    const incident = before.incident;
    const closedAt = [...before.closedAt, at].slice(-CLOSED_MAX);
    const durationMs = Math.max(0, at - incident.firstFailureAt);
    const told: Effect = { type: 'incident.closed', at, target, incident, durationMs, to };
    return { state: enter({ ...calm, closedAt }, to, at), effects: [...draft.effects, told] };
  }
  const newest = before.evidence[0];
  const cause = newest?.cause ?? 'unavailable';
  if (before.incident === null) {
    const incident: Incident = {
      id: `${target}!${before.incidentCount + 1}`,
      firstFailureAt: before.troubleSince ?? at,
      detectedAt: at,
      worst: to,
      cause,
      evidence: before.evidence,
    };
    const state = enter({ ...before, incident, incidentCount: before.incidentCount + 1 }, to, at);
    return {
      state,
      effects: [...draft.effects, { type: 'incident.opened', at, target, incident, health: to }],
    };
  }
  const isWorse = before.incident.worst === 'degraded' && to === 'down';
  const incident: Incident = {
    ...before.incident,
    evidence: before.evidence,
    worst: isWorse ? 'down' : before.incident.worst,
  };
  if (isWorse) incident.cause = cause;
  const state = enter({ ...before, incident }, to, at);
  if (!isWorse) return { ...draft, state };
  const told: Effect = { type: 'incident.changed', at, target, incident, from: before.health, to };
  return { state, effects: [...draft.effects, told] };
}

function enter(state: TargetState, health: Health, at: Instant): TargetState {
  return state.health === health ? state : { ...state, health, since: at };
}

/** Each other incident closed within the window asks for `passesToHealthy` more, so that a flapping provider must prove itself. */
function passesNeeded(state: TargetState, at: Instant, policy: HealthPolicy): number {
  const repeats = state.closedAt.filter((closedAt) => closedAt > at - policy.repeatWindowMs).length;
  return Math.min(policy.passesMax, policy.passesToHealthy * (1 + repeats));
}

/** When the next canary outside the schedule is wanted, after a run ended or a check failed at `at`. */
export function nextProbe(
  state: TargetState,
  at: Instant,
  wasConclusive: boolean,
  policy: HealthPolicy,
): TargetState['probe'] {
  if (state.health === 'suspect') {
    // A suspicion that could not be checked is checked again, but not in a tight loop.
    return { at: at + (wasConclusive ? policy.confirmAfterMs : policy.recoverEveryMs), why: 'confirm' };
  }
  if (state.incident === null) return null;
  const isHopeful = state.health === 'recovering' && wasConclusive;
  if (isHopeful) return { at: at + policy.confirmAfterMs, why: 'recover' };
  const lengthMs = at - state.incident.firstFailureAt;
  const waitMs = clamp(lengthMs * policy.recoverShare, policy.recoverEveryMs, policy.recoverEveryMsMax);
  return { at: at + Math.round(waitMs), why: 'recover' };
}
