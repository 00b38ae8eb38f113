/** What the web layer may see of the running app, and what the app tells whoever counts. */

import type { Instant } from '../core/base.ts';
import type { Funds, RunId, TargetEvent, TargetId, TargetState, Verdict } from '../core/model.ts';
import type { Phase, Trace } from '../core/trace.ts';
import type { DaemonEffect, RouteEffect, TargetEffect } from '../core/effect.ts';
import type { RoutePlan } from '../core/route.ts';
import type { BatchCount } from './outcomes.ts';
import type { Limits } from './provider.ts';
import type { RunWhy } from './store.ts';

/** A run in flight, as it is shown. */
export interface Flight {
  runId: RunId;
  target: TargetId;
  why: RunWhy;
  startedAt: Instant;
  phase: Phase;
  /** Of the time since then, what reelwatch did not live through; less than zero where the clock was set back. */
  lostMs?: number;
}

/** The wall clock went on otherwise than this process lived: it was set, the host slept, or the process stood still. */
export interface ClockJump {
  at: Instant;
  /** Less than zero where the clock was set back. */
  lostMs: number;
  /** What happened, as a sentence without an end mark. */
  text: string;
}

/** What the last free check of a target found. */
export interface LastCheck {
  at: Instant;
  tookMs: number;
  verdict: Verdict;
  /** What our account may do with the model, where the check told. */
  limits: Limits | null;
}

/** The daemon's present beliefs, in memory, always as last committed. */
export interface View {
  startedAt: Instant;
  epoch: number;
  generation: () => number;
  states: () => ReadonlyMap<TargetId, TargetState>;
  plans: () => ReadonlyMap<string, RoutePlan>;
  /** Moved on by the probing loop, not by the web server: when it passes, routers must not trust the plans. */
  validUntil: () => Instant;
  /** The probing loop's last sign of life. */
  lastTickAt: () => Instant;
  /** How long ago that was, in ms, whoever sets the clock. */
  silentMs: () => number;
  flights: () => readonly Flight[];
  /** The last jump of the clock since the start; null where there was none. */
  lastJump: () => ClockJump | null;
  /** Targets whose canaries are due but would cross a budget, and since when that is so. */
  unpaid: () => ReadonlyMap<TargetId, Instant>;
  /** The account at each provider whose free check tells it, as last told. */
  funds: () => ReadonlyMap<string, Funds>;
  /** The last free check of each target since the start. */
  checks: () => ReadonlyMap<TargetId, LastCheck>;
  /**
   * Calls back after each commit that changed the generation, with the targets whose state, or way back to their weight,
   * may be another one. Returns how to stop listening.
   */
  onChange: (listener: (changed: readonly TargetId[]) => void) => () => void;
  /** The generation of the last commit that gave routers something to act on: another plan, or a target's state. */
  told: () => number;
  /** Calls back when `told` moves. Returns how to stop listening. */
  onTold: (listener: () => void) => () => void;
}

/** Told of everything that is counted. Must not throw and must not wait. */
export interface Observer {
  runStarted: (run: { target: TargetId; why: RunWhy }) => void;
  /** Why a due run did not start. */
  runSkipped: (run: { target: TargetId; why: 'over_budget' | 'busy' }) => void;
  runEnded: (run: { target: TargetId; trace: Trace; verdict: Verdict }) => void;
  checked: (check: { target: TargetId; verdict: Verdict; tookMs: number; balanceUsd: number | null }) => void;
  committed: (commit: {
    target: TargetId;
    event: TargetEvent;
    effects: readonly TargetEffect[];
    state: TargetState;
  }) => void;
  /** What must be told of routes, or of the daemon itself, was committed. */
  told: (effects: readonly (RouteEffect | DaemonEffect)[]) => void;
  /** A batch of users' jobs was taken in. */
  reported: (batch: BatchCount) => void;
  delivered: (delivery: { channel: string; outcome: 'done' | 'retry' | 'dead'; tookMs: number }) => void;
  pushed: (push: { sink: string; outcome: PushOutcome; tookMs: number }) => void;
  /** A router held something else than what it had applied; it is pushed again. */
  drifted: (drift: { sink: string; route: string; at: Instant; what: string[] }) => void;
}

/** `behind`: the router answered that it holds an older plan. */
export type PushOutcome = 'applied' | 'behind' | 'retry' | 'stopped';
