/** A router that does not hold what it applied: told when it begins, and when it is over, however often in between. */

import type { Instant } from './base.ts';
import { MINUTE } from './base.ts';

/** A router that keeps our weights for so long, and as often as we asked, has come to rest. */
export const SETTLED_MS = 10 * MINUTE;
export const SETTLED_READINGS = 5;

/** What read-backs of one route at one router have come to since it was first found to differ. */
export interface Drift {
  since: Instant;
  /** When it differed last, and how often it has. */
  lastAt: Instant;
  times: number;
  /** Readings since then that found our weights. */
  sames: number;
}

export interface DriftStep {
  drift: Drift | null;
  /** What is to be told of it. */
  tale: 'drifted' | 'settled' | null;
}

/** @param before null where the router has been in step */
export function driftAfter(before: Drift | null, is: 'same' | 'differs', at: Instant): DriftStep {
  if (is === 'differs') {
    const since = before?.since ?? at;
    const times = (before?.times ?? 0) + 1;
    return { drift: { since, lastAt: at, times, sames: 0 }, tale: before === null ? 'drifted' : null };
  }
  if (before === null) return { drift: null, tale: null };
  const sames = before.sames + 1;
  const isAtRest = sames >= SETTLED_READINGS && at - before.lastAt >= SETTLED_MS;
  return isAtRest ? { drift: null, tale: 'settled' } : { drift: { ...before, sames }, tale: null };
}

/** Of what a router holds instead, so that a router with a thousand servers still fits into a message. */
export const WHAT_MAX = 20;
const WHAT_CHARACTERS_MAX = 300;

/** The first differences, cut to size, and how many more there are. */
export function shortened(what: readonly string[]): string[] {
  const kept = what.slice(0, WHAT_MAX).map((text) => text.slice(0, WHAT_CHARACTERS_MAX));
  return what.length > WHAT_MAX ? [...kept, `and ${what.length - WHAT_MAX} more`] : kept;
}
