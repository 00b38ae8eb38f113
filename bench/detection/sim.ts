import type { Outcome } from './outcome.ts';
import type { CheckSeen, QueueSeen, RunningJob, Spend, StatusSeen, Verdict } from './policy.ts';
import { makeQueue, type Queue } from './queue.ts';
import { faultWindow } from './lookup.ts';
import type { Seconds } from './types.ts';
import type { World } from './world.ts';

/** A job whose end the engine knows already, and the policy does not. */
export interface Job extends RunningJob {
  isAcked: boolean;
  readonly outcome: Outcome;
}

export interface UserJob extends Job {
  readonly reporter: number;
  readonly region: number;
}

export type Event =
  | { readonly kind: 'wake'; readonly provider: number; readonly at: Seconds }
  | { readonly kind: 'cheap'; readonly provider: number; readonly out: CheckSeen['out'] }
  | { readonly kind: 'queue'; readonly provider: number; readonly out: QueueSeen['out'] }
  | { readonly kind: 'ack'; readonly provider: number; readonly job: Job }
  | { readonly kind: 'canary'; readonly provider: number; readonly job: Job }
  | { readonly kind: 'status'; readonly provider: number; readonly out: StatusSeen['out'] }
  | { readonly kind: 'user'; readonly provider: number; readonly nth: number }
  | { readonly kind: 'lie'; readonly provider: number; readonly reporter: number }
  | { readonly kind: 'report'; readonly provider: number; readonly job: UserJob };

export interface Change {
  readonly at: Seconds;
  readonly verdict: Verdict;
}

export interface Alert {
  readonly provider: number;
  readonly at: Seconds;
}

/** What happened to users whose router follows the weights. */
export interface UserTally {
  total: number;
  /** Failed because of a fault or a blip. */
  failed: number;
  /** Failed anyway. */
  background: number;
  diverted: number;
  /** Sent elsewhere although nothing was wrong. */
  divertedHealthy: number;
}

/** All that changes while a world is watched. Arrays are by provider. */
export interface Sim {
  readonly world: World;
  readonly queue: Queue<Event>;
  now: Seconds;
  /** Counts probes of all kinds; part of the key of their chances. */
  probes: number;
  readonly verdicts: Verdict[];
  readonly weights: number[];
  readonly wakeAt: Seconds[];
  readonly changes: Change[][];
  readonly alerts: Alert[];
  readonly inflight: Job[][];
  readonly open: UserJob[][];
  readonly spends: Spend[];
  /** When a fault (by id) first brought about something that was observed. */
  readonly firstSeen: Map<number, Seconds>;
  readonly users: UserTally;
  canaries: number;
  checks: number;
}

export function makeSim(world: World): Sim {
  return {
    world,
    queue: makeQueue(),
    now: 0,
    probes: 0,
    verdicts: world.providers.map(() => 'up'),
    weights: world.providers.map(() => 1),
    wakeAt: world.providers.map(() => Infinity),
    changes: world.providers.map(() => [{ at: 0, verdict: 'up' }]),
    alerts: [],
    inflight: world.providers.map(() => []),
    open: world.providers.map(() => []),
    spends: [],
    firstSeen: new Map(),
    users: { total: 0, failed: 0, background: 0, diverted: 0, divertedHealthy: 0 },
    canaries: 0,
    checks: 0,
  };
}

export function isAlerting(verdict: Verdict): boolean {
  return verdict === 'degraded' || verdict === 'down' || verdict === 'config';
}

export function noteSeen(sim: Sim, cause: number | null): void {
  if (cause !== null && cause >= 0 && !sim.firstSeen.has(cause)) sim.firstSeen.set(cause, sim.now);
}

/** A free check that fails does not say why: it counts for the fault of the moment. */
export function noteSeenNow(sim: Sim, provider: number): void {
  noteSeen(sim, faultWindow(sim.world, provider, sim.now)?.id ?? null);
}
