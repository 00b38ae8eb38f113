/** Jobs that should have ended by now are evidence too. It is never stored: it is made anew at each look. */

import type { Instant } from './base.ts';
import type { Belief } from './belief.ts';
import { weigh } from './belief.ts';
import type { BeliefPolicy, Column } from './explanations.ts';
import { ACKNOWLEDGE_MS, INDEX } from './explanations.ts';
import { stillRunning } from './latency.ts';
import type { RunningJob } from './observation.ts';

export interface Overdue {
  /** Belief with the running jobs weighed in. */
  probabilities: Column;
  /** Jobs that run so long that each counts as a bad sign of its own. */
  count: number;
  /** When the oldest of these was ordered; null where there are none. */
  since: Instant | null;
}

/** A job is overdue when a target that lets half of its jobs hang explains it this many times better than a healthy one. */
const OVERDUE_RATIO = 8;
const HANGING_SHARE = 0.5;

/** What the jobs say that are still running at `at`: P(still running | explanation), from the learnt durations. */
export function weighOverdue(
  belief: Belief,
  jobs: readonly RunningJob[],
  at: Instant,
  policy: BeliefPolicy,
): Overdue {
  let probabilities = belief.probabilities;
  let count = 0;
  let since: Instant | null = null;
  for (const { submittedAt, isAccepted } of jobs) {
    // Something submitted later has already ended well: this one is a straggler.
    if (belief.okSubmittedAt !== null && submittedAt < belief.okSubmittedAt) continue;
    const elapsedMs = at - submittedAt;
    if (!isAccepted && elapsedMs < ACKNOWLEDGE_MS) continue;
    const running = stillRunning(elapsedMs, belief.latency, policy.latency);
    if (running === null) continue;
    const likelihoods = policy.jobHangs.map((hangs) => Math.max(hangs, running.healthy));
    likelihoods[INDEX.slow] = running.slow;
    probabilities = weigh(probabilities, likelihoods, policy);
    if (HANGING_SHARE / running.healthy <= OVERDUE_RATIO) continue;
    count++;
    since = Math.min(since ?? submittedAt, submittedAt);
  }
  return { probabilities, count, since };
}
