/** How health moves: from a judgement to a state with its incident, and what lies over it, blindness and retirement. */

import type { Instant } from './base.ts';
import { reasonText, SHARED_CAUSES } from './classify.ts';
import type { JudgementPolicy } from './detection.ts';
import type { TargetEffect } from './effect.ts';
import { explain } from './explain.ts';
import { INDEX } from './explanations.ts';
import type { Judgement } from './judgement.ts';
import { beganAt, overAt, sinceOf } from './incident-times.ts';
import { isHopeful, routerFactor } from './judgement.ts';
import type { Cause, Evidence, Health, Incident, Notice, TargetState } from './model.ts';
import type { HealthPolicy } from './policy.ts';
import { reasonOf } from './reasons.ts';

const EVIDENCE_MAX = 5;
const WHY_MAX = 6;
/** What a target is given while its outage may be ending, before belief says so. */
const RECOVERING_TRUST = 0.25;

/** One step of thinking about a target: the state so far, and what must be told. */
export interface Draft {
  state: TargetState;
  effects: TargetEffect[];
}

/**
 * Something went wrong by the provider's fault. Free checks that say the same are one piece of evidence; of users' jobs
 * only the newest piece is kept.
 */
export function noteEvidence(draft: Draft, seen: Evidence): Draft {
  const { evidence } = draft.state;
  const [newest, ...older] = evidence;
  const isCheck = seen.runId === null && seen.by === undefined;
  const isSame = isCheck && newest?.runId === null && newest.by === undefined && newest.cause === seen.cause;
  const sameAs = isSame
    ? newest
    : seen.by === 'users'
      ? evidence.find(({ by }) => by === 'users')
      : undefined;
  const since = sameAs === undefined ? {} : { since: Math.min(sinceOf(sameAs), sinceOf(seen)) };
  const others =
    seen.by === 'users' ? evidence.filter(({ by }) => by !== 'users') : isSame ? older : evidence;
  return {
    ...draft,
    state: { ...draft.state, evidence: [{ ...seen, ...since }, ...others].slice(0, EVIDENCE_MAX) },
  };
}

/**
 * The state that a judgement leads to. Suspicion needs a sign: that nobody has looked for long is none.
 */
export function onJudgement(draft: Draft, judgement: Judgement, at: Instant, policy: HealthPolicy): Draft {
  const justSlow = isJustSlow(judgement, draft.state, policy.detection.judgement);
  const { alert } = judgement.belief;
  const belief =
    justSlow && alert !== null
      ? { ...judgement.belief, alert: { ...alert, wasDown: false } }
      : judgement.belief;
  const isCalm = belief.alert === null && belief.troubleSince === null && judgement.overdue === 0;
  const before = draft.state;
  const state: TargetState = { ...before, belief, evidence: isCalm ? [] : before.evidence };
  const isSettling = before.incident !== null && at - (belief.recoveredAt ?? -Infinity) < policy.settleMs;
  const health = healthOf(judgement, before, isSettling, policy.detection.judgement);
  const trust = trustOf(health, judgement, policy.detection.judgement);
  const why = explain(judgement, {
    recent: state.signs,
    counts: state.troubleCounts,
    others: { fine: 0, all: 0 },
  });
  const seen: Seen = { why, overdueSince: judgement.overdueSince, isJustSlow: justSlow };
  const reason = reasonOf(health, { judgement, why, state });
  const judged = { ...draft, state: { ...state, trust, fault: judgement.fault, reason } };
  if (belief.alert !== null)
    return settle(judged, belief.alert.wasDown ? 'down' : 'degraded', health, at, seen);
  if (before.incident !== null && !isSettling) return settle(judged, 'healthy', health, at, NOTHING_SEEN);
  return { ...judged, state: enter(judged.state, health, at) };
}

/** Routers follow belief where there is no verdict: under suspicion, and while an outage that is over settles. */
function trustOf(health: Health, judgement: Judgement, policy: JudgementPolicy): number {
  if (health === 'recovering' && judgement.belief.alert !== null) return RECOVERING_TRUST;
  if (health !== 'suspect' && health !== 'recovering') return 1;
  return routerFactor({ ...judgement, state: 'suspect' }, policy);
}

/** Being blind takes nothing back: what is believed of the provider stands beneath it. */
function healthOf(
  judgement: Judgement,
  { health, incident, passesEver }: TargetState,
  isSettling: boolean,
  policy: JudgementPolicy,
): Health {
  const { belief, state, fault, trouble, overdue } = judgement;
  if (belief.alert !== null) {
    if (isHopeful(judgement)) return 'recovering';
    const isNamed = (health !== 'down' && health !== 'degraded') || fault >= policy.alertAt;
    // What is left of a fault while it fades names nothing.
    if ((state === 'down' || state === 'degraded') && isNamed) return state;
    if (incident !== null && (incident.worst === 'down' || !belief.alert.wasDown)) return health;
    return belief.alert.wasDown ? 'down' : 'degraded';
  }
  if (isSettling) return 'recovering';
  if (trouble >= policy.suspectAt && (belief.troubleSince !== null || overdue > 0)) return 'suspect';
  return passesEver > 0 ? 'healthy' : 'unknown';
}

/**
 * We cannot see: our key, account, request or network. Health is held, and people are told once, however the cause
 * changes meanwhile. What a canary has found is never replaced by what a free check says.
 */
export function onBlind(draft: Draft, at: Instant, cause: Cause, text: string, by: 'run' | 'check'): Draft {
  const before = draft.state;
  const isShared = SHARED_CAUSES.has(cause);
  // What strikes all targets says nothing new of one that cannot be watched for a reason of its own.
  if (before.blind !== null && isShared) return draft;
  const own = before.blind !== null && !SHARED_CAUSES.has(before.blind.cause) ? before.blind : null;
  if (own !== null && (by === 'check' || own.cause === cause)) return draft;
  const since = own?.since ?? at;
  const state: TargetState = { ...before, blind: { cause, since, text: reasonText(cause, text), by } };
  if (own !== null || isShared) return { ...draft, state };
  return { state, effects: [...draft.effects, { type: 'blind.began', at, target: state.id, cause, text }] };
}

export function onSight(draft: Draft, at: Instant): Draft {
  const { blind } = draft.state;
  if (blind === null) return draft;
  if (SHARED_CAUSES.has(blind.cause)) return { ...draft, state: { ...draft.state, blind: null } };
  const told: TargetEffect = {
    type: 'blind.ended',
    at,
    target: draft.state.id,
    cause: blind.cause,
    // The clock may have gone back.
    durationMs: Math.max(0, at - blind.since),
  };
  return { state: { ...draft.state, blind: null }, effects: [...draft.effects, told] };
}

/** The provider has said, or shown beyond doubt, that the model is gone. Nothing is believed of it any more. */
export function onRetired(draft: Draft, at: Instant, notice: Notice | null, text: string): Draft {
  if (draft.state.health === 'retired') return draft;
  const gone = settle(onSight(draft, at), 'retired', 'retired', at, NOTHING_SEEN);
  const since = notice?.effectiveAt === null || notice === null ? at : Math.min(at, notice.effectiveAt);
  const state: TargetState = {
    ...gone.state,
    since,
    notice: notice ?? gone.state.notice,
    reason: { code: 'retired', text },
    trust: 1,
    fault: null,
    belief: null,
    evidence: [],
  };
  return {
    state,
    effects: [...gone.effects, { type: 'target.retired', at, target: state.id, notice: state.notice, text }],
  };
}

/** What a judgement says of an incident. */
interface Seen {
  why: readonly string[];
  overdueSince: Instant | null;
  isJustSlow: boolean;
}
const NOTHING_SEEN: Seen = { why: [], overdueSince: null, isJustSlow: false };

/** Jobs were overdue or given up, which looked like an outage, and now videos come after all, but late. */
function isJustSlow(
  { state: seen, fault, probabilities }: Judgement,
  { incident, evidence }: TargetState,
  policy: JudgementPolicy,
): boolean {
  if (incident?.worst !== 'down' || incident.cause !== 'timeout' || incident.corrected) return false;
  const isSlow = seen === 'degraded' && fault >= policy.alertAt && (probabilities[INDEX.slow] ?? 0) > 0.5;
  return isSlow && evidence.length > 0 && evidence.every(({ cause }) => cause === 'slow');
}

/** The only place that opens, changes or closes an incident. */
function settle(
  draft: Draft,
  to: 'down' | 'degraded' | 'healthy' | 'retired',
  health: Health,
  at: Instant,
  seen: Seen,
): Draft {
  const state = enter(draft.state, health, at);
  const { incident, id: target } = state;
  if (to === 'healthy' || to === 'retired') {
    if (incident === null) return { ...draft, state };
    const endedAt = to === 'healthy' ? overAt(incident, state, at) : at;
    const durationMs = Math.max(0, endedAt - incident.firstFailureAt);
    const told: TargetEffect = { type: 'incident.closed', at, target, incident, durationMs, to };
    return { state: { ...state, evidence: [], incident: null }, effects: [...draft.effects, told] };
  }
  if (incident === null) return open({ ...draft, state }, to, at, seen);
  const isWorse = incident.worst === 'degraded' && to === 'down';
  const isBetter = seen.isJustSlow && incident.worst === 'down' && to === 'degraded';
  const isOther = isWorse || isBetter;
  const cause = isOther ? (state.evidence[0]?.cause ?? incident.cause) : incident.cause;
  const worst = isOther ? to : incident.worst;
  const why = seen.why.slice(0, WHY_MAX);
  const corrected = isBetter ? { corrected: true as const } : {};
  const next: Incident = { ...incident, ...corrected, evidence: state.evidence, worst, cause, why };
  const changed = { ...draft, state: { ...state, incident: next } };
  if (!isOther) return changed;
  const told: TargetEffect = {
    type: 'incident.changed',
    at,
    target,
    incident: next,
    from: draft.state.health,
    to,
  };
  return { ...changed, effects: [...draft.effects, told] };
}

function open(draft: Draft, to: 'down' | 'degraded', at: Instant, { why, overdueSince }: Seen): Draft {
  const { state } = draft;
  const incident: Incident = {
    id: `${state.id}!${state.incidentCount + 1}`,
    firstFailureAt: beganAt(state, overdueSince, at),
    detectedAt: at,
    worst: to,
    // Jobs that never end are all that was seen, where nothing else was.
    cause: state.evidence[0]?.cause ?? 'timeout',
    evidence: state.evidence,
    why: why.slice(0, WHY_MAX),
  };
  return {
    state: { ...state, incident, incidentCount: state.incidentCount + 1 },
    effects: [...draft.effects, { type: 'incident.opened', at, target: state.id, incident, health: to }],
  };
}

function enter(state: TargetState, health: Health, at: Instant): TargetState {
  return state.health === health ? state : { ...state, health, since: at };
}
