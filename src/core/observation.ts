/** What can be seen of a target, in the words that move belief. */

import type { Instant } from './base.ts';
import type { RunId, TargetId } from './model.ts';
import type { Phase } from './trace.ts';

/**
 * How a generation ended. `auth` and `quota` speak of our own key and account. `ended` is `submit` where the order
 * itself was not taken, `later` where an accepted job failed or never ended.
 */
export type Outcome =
  | { is: 'ok'; durationMs: number }
  | { is: 'bad_output' }
  | { is: 'fail'; ended: 'submit' | 'later' }
  | { is: 'refused' }
  | { is: 'gone' }
  | { is: 'auth' }
  | { is: 'quota' };

/** One of our own paid generations. */
export interface CanarySeen {
  kind: 'canary';
  at: Instant;
  submittedAt: Instant;
  isBilled: boolean;
  outcome: Outcome;
}

/** What became of a user's generation, as a router tells it. */
export interface ReportSeen {
  kind: 'report';
  at: Instant;
  submittedAt: Instant;
  reporter: string;
  /** Whose token it came with. */
  sender?: string;
  outcome: Outcome;
  /** His failures do not count at present, so his successes cannot speak against a part that fails. */
  isHalf?: boolean;
}

export interface FreeCheckSeen {
  kind: 'free_check';
  at: Instant;
  is: 'ok' | 'fail' | 'gone' | 'auth' | 'quota';
}

export interface StatusSeen {
  kind: 'status';
  at: Instant;
  is: 'posted' | 'maintenance' | 'cleared';
}

/** What another target of the same provider shows of the API they have in common; made by `fromSibling`. */
export interface SiblingSeen {
  kind: 'sibling';
  at: Instant;
  is: 'ok' | 'fail';
}

export type Observation = CanarySeen | ReportSeen | FreeCheckSeen | StatusSeen | SiblingSeen;

/** A job without an end yet: a canary of ours, or a user's generation that a router told us of. */
export interface RunningJob {
  submittedAt: Instant;
  isAccepted: boolean;
}

/**
 * What an observation of one target says about another target of the same provider, or null. Free checks and status
 * pages are the provider's and apply in full; a generation speaks only of the API: one that was accepted shows that it
 * answers, one whose order was not taken that it may not. A model that is gone, slow, refusing or failing later is
 * that model's own affair. Reports are left out: they come with their own traffic, and reporters may lie.
 */
export function fromSibling(observation: Observation): Observation | null {
  switch (observation.kind) {
    case 'free_check':
    case 'status':
      return observation;
    case 'canary': {
      const { at, outcome } = observation;
      if (outcome.is === 'ok') return { kind: 'sibling', at, is: 'ok' };
      return outcome.is === 'fail' && outcome.ended === 'submit' ? { kind: 'sibling', at, is: 'fail' } : null;
    }
    case 'report':
    case 'sibling':
      return null;
  }
}

/** A run in flight, as far as belief is concerned. */
interface Flying {
  runId: RunId;
  target: TargetId;
  startedAt: Instant;
  phase: Phase;
  /** What we did not live through since then is no time that the job took. */
  lostMs?: number;
}

/** The jobs of a target that run at this moment, all or without one of them. */
export function runningOf(
  flights: readonly Flying[],
  target: TargetId,
  without: RunId | null = null,
): RunningJob[] {
  return flights
    .filter((flight) => flight.target === target && flight.runId !== without)
    .map(({ startedAt, phase, lostMs = 0 }) => ({
      submittedAt: startedAt + lostMs,
      isAccepted: phase !== 'submit',
    }));
}
