/** What routers tell of users' jobs: the words, and what each says about a target. */

import type { Instant } from './base.ts';
import { HOUR, MINUTE } from './base.ts';
import type { Cause, TargetId } from './model.ts';
import type { Outcome } from './observation.ts';

export const OUTCOMES = ['ok', 'failed', 'refused', 'bad_output', 'timeout'] as const;
export type UserOutcome = (typeof OUTCOMES)[number];

/** The end of one user's job, as a router tells it. */
export interface UserJob {
  target: TargetId;
  outcome: UserOutcome;
  cause: Cause | null;
  /** From the order to the end; null where the router does not say. */
  latencyMs: number | null;
  submittedAt: Instant | null;
  /** When it ended; null for now. */
  at: Instant | null;
  /** The router's own id of the job: told twice, it counts once. */
  job: string | null;
  /** On whose behalf: an end user or tenant, best as a hash. Whoever is not named is the sender itself. */
  reporter: string | null;
}

/** What ended longer ago says too little about now. */
export const LATE_MS_MAX = 15 * MINUTE;
/** Clocks differ; what ended further ahead is no report of anything. */
export const AHEAD_MS_MAX = MINUTE;
export const LATENCY_MS_MAX = 24 * HOUR;

/** Of many jobs some always fail; from this share on that is no longer usual. */
export const ODD_SHARE = 0.2;

/** How the end of a user's job speaks of the target. */
export type Meaning = Outcome['is'];

/**
 * What a user's job says about the provider; null where it says nothing: the user's own request, limit or network. A
 * cause that is named decides, because routers class outcomes in their own ways.
 */
export function meaningOf({ outcome, cause }: Pick<UserJob, 'outcome' | 'cause'>): Meaning | null {
  if (outcome === 'ok') return 'ok';
  return cause === null ? PLAIN[outcome] : BY_CAUSE[cause];
}

/** What is shown as the cause of a job that did not end well. */
export function causeOfJob({ outcome, cause }: Pick<UserJob, 'outcome' | 'cause'>): Cause {
  return cause ?? PLAIN_CAUSE[outcome];
}

const PLAIN: Record<UserOutcome, Meaning> = {
  ok: 'ok',
  failed: 'fail',
  refused: 'refused',
  bad_output: 'bad_output',
  timeout: 'fail',
};

const PLAIN_CAUSE: Record<UserOutcome, Cause> = {
  ok: 'unknown_status',
  failed: 'unavailable',
  refused: 'moderated',
  bad_output: 'bad_output',
  timeout: 'timeout',
};

const BY_CAUSE: Record<Cause, Meaning | null> = {
  unavailable: 'fail',
  overloaded: 'fail',
  timeout: 'fail',
  garbled: 'fail',
  job_lost: 'fail',
  bad_output: 'bad_output',
  retired: 'gone',
  model_missing: 'gone',
  moderated: 'refused',
  auth: 'auth',
  no_access: 'auth',
  no_credit: 'quota',
  rate_limited: null,
  unknown_status: null,
  unexplained: null,
  not_inspected: null,
  interrupted: null,
  bad_request: null,
  unreachable: null,
  no_budget: null,
};
