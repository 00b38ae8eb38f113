/** What is usual for a target: begun by its first good video, judged by, and moved when it has changed for good. */

import type { Instant } from './base.ts';
import { clamp, DAY } from './base.ts';
import type { Belief } from './belief.ts';
import type { BeliefPolicy } from './explanations.ts';
import { SLOW_SIGN_RATIO } from './generations.ts';
import { slowRatio } from './latency.ts';

/** How long slowness must last to become the usual, by and by. */
const NEW_USUAL_MS = 2 * DAY;

/** Whether a good video came so late that a slow target explains it far better than a healthy one. */
export function isSlow(belief: Belief, durationMs: number, policy: BeliefPolicy): boolean {
  if (belief.okAt === null) return false;
  return slowRatio(durationMs, belief.latency, policy.latency) > SLOW_SIGN_RATIO;
}

/** The first good video says what is usual: before it, that was only a guess. */
export function firstUsual(belief: Belief, durationMs: number): Belief {
  if (belief.okAt !== null) return belief;
  return { ...belief, latency: { ...belief.latency, logMs: Math.log(durationMs) } };
}

/**
 * What has been slower for days is the new usual: slow videos are learnt too, in proportion to the time since the last
 * run, because trouble brings many runs that mean no more than one.
 */
export function newUsual(belief: Belief, durationMs: number, sinceMs: number, at: Instant): Belief {
  const { latency } = belief;
  const distance = Math.max(0, Math.log(durationMs) - latency.logMs);
  const share = 1 - Math.exp(-clamp(sinceMs, 0, DAY) / NEW_USUAL_MS);
  return { ...belief, latency: { ...latency, logMs: latency.logMs + distance * share, at } };
}
