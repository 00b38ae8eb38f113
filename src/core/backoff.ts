/** When to try again. Jitter is a hash of the entry's key: the same story waits the same time in every replay. */

import type { Instant } from './base.ts';
import { MINUTE, SECOND, clamp, fraction } from './base.ts';

/** An alert that waits for a receiver which has healed is late: after the longest wait the next attempt is a minute away. */
const STORY_WAITS_MS = [5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE] as const;
/** Weights age fast: try hard at first (routers.md: 0, 1, 5, 15, 60 s). */
const PUSH_WAITS_MS = [1 * SECOND, 5 * SECOND, 15 * SECOND, 60 * SECOND] as const;
/** What a receiver may ask for: it is obeyed, but a slip of its own must not silence it for a day. */
export const ASKED_MS_MAX = 10 * MINUTE;

/**
 * The instant of the next attempt.
 * @param attempts how many have failed, at least 1
 * @param afterMs what the receiver asked for; obeyed where it is longer than our own wait, to ten minutes at most
 */
export function nextAttemptAt(
  kind: 'story' | 'push',
  failed: { now: Instant; attempts: number; key: string; afterMs: number | null },
): Instant {
  const waits = kind === 'story' ? STORY_WAITS_MS : PUSH_WAITS_MS;
  const own = waits[Math.min(failed.attempts, waits.length) - 1] ?? waits[0];
  const jittered = own * (0.75 + 0.5 * fraction(`${failed.key}~${failed.attempts}`));
  return failed.now + Math.round(clamp(Math.max(jittered, failed.afterMs ?? 0), 0, ASKED_MS_MAX));
}
