import type { Instant } from '../core/base.ts';

/** The only source of time. The real one is system/clock.ts; tests have a virtual one that jumps. */
export interface Clock {
  now: () => Instant;
  /** For intervals: ms since some start, never back, whoever sets the clock. It may stand still while the host sleeps. */
  monotonicMs: () => number;
  /** Resolves after `ms`, or early (never rejects) when the signal aborts. Leaves no listener behind. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Recurring work. The real one is node-cron, in UTC. */
export interface Cron {
  /** Calls `run` at each instant that the six-field expression names, until `stop`. */
  every: (expression: string, run: (at: Instant) => void) => { stop: () => void };
  /** Says which instants the six-field expression names, in UTC; only the second counts. */
  matches: (expression: string) => (at: Instant) => boolean;
}
