/** Counts of a rolling span, in a few slices. */

import type { Instant } from '../core/base.ts';
import type { TargetId } from '../core/model.ts';

const SLICES = 12;

interface Slice {
  number: number;
  good: number;
  bad: number;
}

export interface Tally {
  count: (target: TargetId, isGood: boolean, at: Instant) => void;
  /** Targets without any job are left out. */
  sums: (at: Instant) => Map<TargetId, { good: number; bad: number }>;
}

/** @param spanMs what is counted: exactly so long, less up to a twelfth */
export function createTally(spanMs: number): Tally {
  const sliceMs = spanMs / SLICES;
  const targets = new Map<TargetId, Slice[]>();
  return {
    count: (target, isGood, at) => {
      let slices = targets.get(target);
      if (slices === undefined) {
        slices = Array.from({ length: SLICES }, () => ({ number: -1, good: 0, bad: 0 }));
        targets.set(target, slices);
      }
      const number = Math.floor(at / sliceMs);
      const slice = slices[number % SLICES];
      if (slice === undefined) return;
      if (slice.number !== number) Object.assign(slice, { number, good: 0, bad: 0 });
      if (isGood) slice.good += 1;
      else slice.bad += 1;
    },
    sums: (at) => {
      const newest = Math.floor(at / sliceMs);
      const found = new Map<TargetId, { good: number; bad: number }>();
      for (const [target, slices] of targets) {
        const fresh = slices.filter(({ number }) => number > newest - SLICES && number <= newest);
        const good = fresh.reduce((sum, slice) => sum + slice.good, 0);
        const bad = fresh.reduce((sum, slice) => sum + slice.bad, 0);
        if (good + bad > 0) found.set(target, { good, bad });
      }
      return found;
    },
  };
}
