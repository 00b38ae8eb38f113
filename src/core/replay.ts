/** The past once more: what was seen of a target, judged with other parameters. Pure, as the first time was. */

import type { Instant } from './base.ts';
import { SECOND } from './base.ts';
import type { Effect } from './effect.ts';
import { explain } from './explain.ts';
import { freshState } from './fresh.ts';
import type { ShownState, TargetEvent, TargetId, TargetState } from './model.ts';
import type { RunningJob } from './observation.ts';
import type { HealthPolicy } from './policy.ts';
import { reduce } from './reduce.ts';
import { stateFactorOf } from './factors.ts';
import { DEFAULT_ROUTING } from './routing.ts';
import { shownReason, shownState } from './weights.ts';
import { judgedAt } from './why.ts';

/** How often time is let speak between two events, as a daemon does that looks at its jobs in flight. */
export const LOOK_MS = 30 * SECOND;
/** After so many looks without any event they are made half as often, and so on: nobody may have been there to look. */
export const LOOKS_PER_PACE_MAX = 60;
/** As many sentences as say why. */
const WHY_MAX = 3;

/** What is known of one target's past. */
export interface Past {
  target: TargetId;
  /** In the order in which they were folded in. */
  events: readonly TargetEvent[];
  /** Its jobs that are in flight at the end. */
  open: readonly RunningJob[];
}

export interface Window {
  /** Everything is folded in; what was decided is told from here on. */
  from: Instant;
  /** The last instant at which somebody was there to look. */
  until: Instant;
  /** Only the looks that were recorded, or new ones too: other parameters change something at other instants. */
  looks: 'recorded' | 'anew';
}

/** A change of what is shown, or something to tell. */
export interface Decision {
  at: Instant;
  from: ShownState;
  to: ShownState;
  /** The most telling first. */
  why: string[];
  /** P(any fault), 0..1; null where nothing is believed. */
  fault: number | null;
  effects: Effect[];
}

export interface Replay {
  decisions: Decision[];
  /** The end of it. */
  state: TargetState;
  /** The part of the window of which something is known, and in which the target was not retired. */
  watchedMs: number;
  suspectMs: number;
  /** Looks that were made anew. */
  looks: number;
  /** The share of its weight that the target was denied, times how long, in ms. */
  withheldMs: number;
}

interface Flight extends RunningJob {
  endedAt: Instant;
}

interface Tape extends Replay {
  policy: HealthPolicy;
  window: Window;
  /** By when they were ordered; those before `next` have been. */
  flights: readonly Flight[];
  next: number;
  aloft: Flight[];
  /** Up to here the sums are made. */
  countedTo: Instant;
  lookedTo: Instant;
}

/**
 * Folds the events of a target from nothing. Looks are made anew every `LOOK_MS` while a job is in flight or there is
 * trouble, on the full half minutes, beside those that were recorded. Verdicts on single canaries are as recorded.
 */
export function replay(past: Past, policy: HealthPolicy, window: Window): Replay {
  const tape = begin(past, policy, window);
  for (const event of past.events) {
    if (window.looks === 'anew') lookUntil(tape, event.at);
    take(tape, event);
    tape.lookedTo = Math.max(tape.lookedTo, event.at);
  }
  if (window.looks === 'anew') lookUntil(tape, window.until);
  count(tape, window.until);
  const { decisions, state, watchedMs, suspectMs, withheldMs, looks } = tape;
  return { decisions, state, watchedMs, suspectMs, withheldMs, looks };
}

function begin({ target, events, open }: Past, policy: HealthPolicy, window: Window): Tape {
  const startAt = events[0]?.at ?? window.until;
  const still = open.map((job) => ({ ...job, endedAt: Infinity }));
  const flights = [...events.flatMap(flightOf), ...still].sort((a, b) => a.submittedAt - b.submittedAt);
  return {
    policy,
    window,
    flights,
    next: 0,
    aloft: [],
    countedTo: Math.max(startAt, window.from),
    lookedTo: startAt,
    decisions: [],
    state: freshState(target, startAt),
    watchedMs: 0,
    suspectMs: 0,
    withheldMs: 0,
    looks: 0,
  };
}

/** When a job was in flight. Where a restart lay in between, nobody looked at it: that it took long says nothing. */
function flightOf(event: TargetEvent): Flight[] {
  if (event.type !== 'run.judged' || event.submittedAt === undefined) return [];
  const { at, submittedAt, verdict, totalMs, endedIn } = event;
  const isVideo = verdict.is === 'pass' || verdict.is === 'slow';
  const isInterrupted = verdict.is === 'inconclusive' && verdict.cause === 'interrupted';
  if (isInterrupted || (isVideo && totalMs === null)) return [];
  return [{ submittedAt, endedAt: at, isAccepted: endedIn !== 'submit' }];
}

function lookUntil(tape: Tape, end: Instant): void {
  let looks = 0;
  for (let at = after(tape.lookedTo); at < end;) {
    const running = runningAt(tape, at);
    const { belief } = tape.state;
    if (belief !== null && (running.length > 0 || belief.troubleSince !== null)) {
      take(tape, { type: 'looked', at, running });
      at += LOOK_MS * 2 ** Math.floor(looks / LOOKS_PER_PACE_MAX);
      looks += 1;
    } else {
      // Nothing can come of looking before the next job is in flight.
      at = after(running.length > 0 ? at : (tape.flights[tape.next]?.submittedAt ?? Infinity));
    }
  }
  tape.looks += looks;
}

/** The next full half minute. */
function after(at: Instant): Instant {
  return (Math.floor(at / LOOK_MS) + 1) * LOOK_MS;
}

function runningAt(tape: Tape, at: Instant): RunningJob[] {
  for (; (tape.flights[tape.next]?.submittedAt ?? Infinity) <= at; tape.next++) {
    const flight = tape.flights[tape.next];
    if (flight !== undefined) tape.aloft.push(flight);
  }
  tape.aloft = tape.aloft.filter(({ endedAt }) => endedAt > at);
  return tape.aloft.map(({ submittedAt, isAccepted }) => ({ submittedAt, isAccepted }));
}

function take(tape: Tape, event: TargetEvent): void {
  const before = tape.state;
  const { state, effects, changed } = reduce(before, event, tape.policy);
  if (!changed) return;
  count(tape, event.at);
  tape.state = state;
  const [from, to] = [shownState(before), shownState(state)];
  if (event.at < tape.window.from || (from === to && effects.length === 0)) return;
  const running = 'running' in event ? (event.running ?? []) : [];
  tape.decisions.push({ at: event.at, from, to, ...reasons(tape, event.at, running), effects });
}

function reasons(
  { state, policy }: Tape,
  at: Instant,
  running: readonly RunningJob[],
): Pick<Decision, 'why' | 'fault'> {
  const { belief, blind, signs } = state;
  if (belief === null) return { why: [shownReason(state).text], fault: null };
  const judgement = judgedAt(belief, running, at, policy.detection);
  if (blind !== null) return { why: [blind.text], fault: judgement.fault };
  const why = explain(judgement, { recent: signs, counts: state.troubleCounts, others: { fine: 0, all: 0 } });
  return { why: why.slice(0, WHY_MAX), fault: judgement.fault };
}

/** What the state so far amounts to, up to `at`; the clock may have gone back. */
function count(tape: Tape, at: Instant): void {
  const ms = Math.min(at, tape.window.until) - tape.countedTo;
  if (ms <= 0) return;
  tape.countedTo += ms;
  // Whatever is retired is denied everything, but by no doubt.
  if (tape.state.health === 'retired') return;
  tape.watchedMs += ms;
  if (tape.state.health === 'suspect') tape.suspectMs += ms;
  tape.withheldMs += ms * (1 - stateFactorOf(tape.state, DEFAULT_ROUTING));
}
