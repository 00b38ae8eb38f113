/** Slots after the clock was set back: a slot is taken once for ever, so those that the clock shows again need others. */

import type { Instant } from '../core/base.ts';
import type { TargetState } from '../core/model.ts';

export interface Slots {
  saw: (at: Instant) => void;
  /** The planned slot; where the clock has been there before, one that nobody can have taken. */
  free: (planned: Instant, now: Instant) => Instant;
}

export function createSlots(states: Iterable<TargetState>): Slots {
  let latest = Math.max(0, ...[...states].map(({ lastRun }) => lastRun?.at ?? 0));
  return {
    saw: (at) => {
      latest = Math.max(latest, at);
    },
    free: (planned, now) => (now < latest ? (latest += 1) : planned),
  };
}
