/** When canaries are due, how many, and why. Pure: the present comes in as an argument. */

import type { Instant } from './base.ts';
import { fraction, HOUR, MINUTE } from './base.ts';
import type { Belief } from './belief.ts';
import { freshBelief } from './belief.ts';
import type { Demand } from './demand.ts';
import { nextProbe } from './demand.ts';
import type { DemandPolicy, DetectionPolicy } from './detection.ts';
import { hazardOf } from './hazard.ts';
import type { Judgement } from './judgement.ts';
import type { LookBudget } from './look-budget.ts';
import { isShort, LOOKS_KEPT } from './look-budget.ts';
import { decide } from './judgement.ts';
import type { RunId, TargetId, TargetState } from './model.ts';
import type { RunningJob } from './observation.ts';
import { gapNow } from './traffic.ts';

/** When routine canaries are due: as budget and belief ask for, evenly, or when a cron calls. */
export type Schedule = { auto: true } | { everyMs: number } | { cron: string };

/** What a target asks for now. */
export interface Agenda {
  /** Canaries to start now. */
  count: number;
  why: 'slot' | 'confirm' | 'recover';
  /** The instant that the first of them is ordered for; each further one follows a millisecond later. */
  slot: Instant;
  /** When to ask again at the latest; null where only news can change anything. */
  lookAt: Instant | null;
  /** Something is wanted, and the budgets do not pay for it. */
  isUnpaid: boolean;
  /** What the budgets leave for looks at this target; null where that is no matter. */
  money: Money | null;
}

export interface Money {
  /** Low: what is wanted is not paid for, or only less than once an hour. Enough: several looks are left. */
  is: 'low' | 'enough' | 'between';
  budget: LookBudget;
  /** Nothing has been looked at for longer than the money was meant to allow. */
  isUnseen: boolean;
}

/** A target at this moment. */
export interface Present {
  at: Instant;
  state: TargetState;
  schedule: Schedule;
  /** When its canaries in flight were started. */
  flying: readonly Instant[];
  running: readonly RunningJob[];
  /** How old the last look at a generation may grow; see pool.ts. */
  staleMs: number;
  /** No routine canaries now. */
  isQuiet: boolean;
  /** When another video would give it the next part of its weight back; null where none is held back. */
  rampDueAt?: Instant | null;
  /** How many canaries this share of the budgets still pays for. */
  affordable: (share: number) => number;
  /** What is left for looks at open incidents. */
  lookBudget: () => LookBudget;
}

type Asked = Pick<Agenda, 'count' | 'why' | 'lookAt'>;

/** After a canary that said nothing, the next one that only brings weight back waits so long. */
const RAMP_RETRY_MS = MINUTE;
/** How long a generation is thought to take before any has been seen. */
const TYPICAL_MS = 90_000;

/**
 * The newest slot of an evenly spaced schedule at or before `now`. Targets are spread over the interval by a hash of
 * their id, so that a hundred of them do not start at once.
 */
export function slotAt(target: TargetId, everyMs: number, now: Instant): Instant {
  const offset = Math.floor(fraction(target) * everyMs);
  return Math.floor((now - offset) / everyMs) * everyMs + offset;
}

/** When the next slot of a schedule begins, where that is known beforehand; null otherwise. */
export function nextSlotAt(schedule: Schedule, target: TargetId, now: Instant): Instant | null {
  return 'everyMs' in schedule ? slotAt(target, schedule.everyMs, now) + schedule.everyMs : null;
}

export function runIdOf(target: TargetId, slot: Instant): RunId {
  return `${target}@${slot}`;
}

/**
 * What a target asks for now: canaries that confirm a suspicion or watch an outage as belief wants them, and routine
 * ones by its schedule. Retired targets cost nothing any more.
 */
export function agendaOf(present: Present, policy: DetectionPolicy): Agenda {
  const { state, at } = present;
  const none = { count: 0, why: 'slot' as const, slot: at, lookAt: null };
  if (state.health === 'retired') return { ...none, isUnpaid: false, money: null };
  let isUnpaid = false;
  const affordable = (share: number): number => {
    const count = present.affordable(share);
    if (count < 1 && present.affordable(1) < 1) isUnpaid = true;
    return count;
  };
  const slot = routineSlot(present);
  const wanted =
    slot === null
      ? withRamp(demandOf({ ...present, affordable }, policy), { ...present, affordable })
      : { ...none, slot, count: affordable(1) >= 1 ? 1 : 0 };
  isUnpaid &&= wanted.count === 0;
  return { ...none, ...wanted, isUnpaid, money: moneyOf(present, isUnpaid) };
}

/** However rarely a target is looked at while all is well: an hour without a look is nothing to tell. */
const UNSEEN_MS_MIN = HOUR;

function moneyOf({ state, at, staleMs, lookBudget }: Present, isUnpaid: boolean): Money | null {
  if (state.incident === null && state.budgetLow === null && !isUnpaid) return null;
  const budget = lookBudget();
  const isLow = isUnpaid || (state.incident !== null && isShort(budget));
  const seenAt = Math.max(state.lastRun?.at ?? state.since, state.belief?.okAt ?? -Infinity);
  const isUnseen = at - seenAt > Math.max(staleMs, UNSEEN_MS_MIN);
  const is = isLow ? 'low' : budget.looks > LOOKS_KEPT ? 'enough' : 'between';
  return { is, budget, isUnseen: isUnseen && is !== 'enough' };
}

/** What came back is given its weight by steps, each of which needs a canary: routine would keep users waiting. */
function withRamp(demand: Asked, { at, state, flying, rampDueAt = null, affordable }: Present): Asked {
  if (rampDueAt === null || demand.count > 0 || flying.length > 0 || state.blind !== null) return demand;
  const retryAt = state.unsure > 0 ? (state.lastRun?.at ?? -Infinity) + RAMP_RETRY_MS : -Infinity;
  const dueAt = Math.max(rampDueAt, retryAt);
  if (at < dueAt) return { ...demand, lookAt: Math.min(demand.lookAt ?? Infinity, dueAt) };
  return affordable(1) >= 1 ? { ...demand, count: 1, why: 'recover' } : demand;
}

/** The slot of an even schedule that has not been taken yet; for `auto` the very first canary. */
function routineSlot({ state, schedule, flying, isQuiet, at }: Present): Instant | null {
  if (isQuiet || flying.length > 0) return null;
  const { lastRun } = state;
  if ('auto' in schedule) return lastRun === null ? at : null;
  if (!('everyMs' in schedule)) return null;
  const slot = slotAt(state.id, schedule.everyMs, at);
  return lastRun === null || lastRun.at < slot ? slot : null;
}

function demandOf(present: Present, policy: DetectionPolicy): Asked {
  const { state, schedule, flying, running, staleMs, isQuiet, at, affordable, lookBudget } = present;
  const belief = upToDate(present, policy);
  const hazard = hazardOf(belief, at, policy);
  const judgement = decide(belief, belief.okAt === null ? [] : running, at, policy, hazard);
  if (isStuck(state, judgement)) return retry(present, judgement, policy);
  const demand = nextProbe({ judgement, flying, hazard, staleMs, at, affordable, lookBudget }, policy);
  const why = WHY[demand.why];
  const isRoutine = why === 'slot' || (why === 'confirm' && !hasSign(judgement));
  if (!isRoutine) return { count: demand.count, why, lookAt: demand.lookAt };
  const isAsked = 'auto' in schedule && !isQuiet && flying.length === 0;
  return { count: isAsked ? Math.min(1, demand.count) : 0, why: 'slot', lookAt: demand.lookAt };
}

const WHY: Record<Demand['why'], Agenda['why']> = {
  routine: 'slot',
  confirm: 'confirm',
  reported: 'confirm',
  recover: 'recover',
  account: 'recover',
};

/** Belief, with the canaries in it that it has not heard of: those in flight, and those that said nothing. */
function upToDate({ state, flying, at }: Present, policy: DetectionPolicy): Belief {
  const belief = state.belief ?? freshBelief(at, TYPICAL_MS, policy.belief);
  const lastAt = Math.max(belief.lastCanaryAt ?? -Infinity, state.lastRun?.at ?? -Infinity);
  return {
    ...belief,
    // Traffic that has stopped tells of nothing.
    reportGapMs: gapNow(belief, at),
    lastCanaryAt: lastAt === -Infinity ? null : lastAt,
    bursts: [...belief.bursts, ...flying],
  };
}

/** Canaries say nothing at present: whatever the reason, another one soon would say as little. */
function isStuck({ blind, unsure }: TargetState, { belief }: Judgement): boolean {
  // The first doubt about our account is looked at at once.
  if (belief.ours?.signs === 1) return false;
  // Whatever the money pays for says as much as ever.
  const isBlind = blind !== null && blind.cause !== 'no_budget';
  return isBlind || (unsure > 0 && belief.alert === null);
}

function retry(
  { flying, isQuiet, at, affordable }: Present,
  { belief }: Judgement,
  { demand }: DetectionPolicy,
): Pick<Agenda, 'count' | 'why' | 'lookAt'> {
  const none = { count: 0, why: 'recover' as const, lookAt: null };
  if (flying.length > 0) return none;
  const dueAt = (belief.lastCanaryAt ?? -Infinity) + demand.blindEveryMs;
  if (at < dueAt) return { ...none, lookAt: dueAt };
  const lookAt = at + demand.blindEveryMs;
  return !isQuiet && affordable(demand.routineCap) >= 1 ? { ...none, count: 1, lookAt } : { ...none, lookAt };
}

function hasSign({ belief, overdue }: Judgement): boolean {
  return belief.troubleSince !== null || belief.ours !== null || overdue > 0;
}

/** How long until the next free check, in ms: oftener under suspicion, and while we ourselves are in doubt. */
export function freeCheckPaceMs(
  { health, belief, blind, incident }: TargetState,
  policy: DemandPolicy,
): number {
  if (incident !== null) return policy.freeCheckDownMs;
  if (blind?.cause === 'unreachable') return policy.freeCheckFrozenMs;
  const isDoubtful = health === 'suspect' || (belief?.freeCheckFailingSince ?? null) !== null;
  return isDoubtful ? policy.freeCheckSuspectMs : policy.freeCheckMs;
}
