/** How many lines a second are taken. */

import { SECOND } from '../core/base.ts';
import type { Clock } from '../ports/clock.ts';

export interface Bucket {
  fill: () => void;
  draw: () => void;
  waitMs: () => number;
}

/** Fills by the second; a batch that was let in is taken to its end, and the next ones pay for it. */
export function createBucket(perSecond: number, clock: Clock): Bucket {
  let left = perSecond;
  let filledMs = clock.monotonicMs();
  const fill = () => {
    const nowMs = clock.monotonicMs();
    left = Math.min(perSecond, left + (Math.max(0, nowMs - filledMs) / SECOND) * perSecond);
    filledMs = nowMs;
  };
  return {
    fill,
    draw: () => {
      left -= 1;
    },
    waitMs: () => {
      fill();
      return left > 0 ? 0 : Math.ceil(((1 - left) / perSecond) * SECOND);
    },
  };
}
