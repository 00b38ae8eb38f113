/** Slots after a jump of the clock: those that it shows again are taken for ever, and those that it passed over come together. */

import type { Instant } from '../core/base.ts';
import { fraction, MINUTE, SECOND } from '../core/base.ts';
import type { TargetId, TargetState } from '../core/model.ts';

/** After a jump of the clock canaries are spread over so long. */
const SPREAD_MS_EACH = 5 * SECOND;
const SPREAD_MS_MAX = 5 * MINUTE;

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

/** How long a target waits after a jump, so that not all start at once. */
export function spreadMs(target: TargetId, at: Instant, targets: number): number {
  return Math.floor(fraction(`${target} ${at}`) * Math.min(SPREAD_MS_MAX, targets * SPREAD_MS_EACH));
}
