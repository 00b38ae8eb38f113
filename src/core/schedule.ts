/** When canaries are due. Pure: the present comes in as an argument. */

import type { Instant } from './base.ts';
import { fraction } from './base.ts';
import type { RunId, TargetId, TargetState } from './model.ts';

/**
 * The newest slot of an evenly spaced schedule at or before `now`. Targets are spread over the interval by a hash of
 * their id, so that a hundred of them do not start at once.
 */
export function slotAt(target: TargetId, everyMs: number, now: Instant): Instant {
  const offset = Math.floor(fraction(target) * everyMs);
  return Math.floor((now - offset) / everyMs) * everyMs + offset;
}

export function runIdOf(target: TargetId, slot: Instant): RunId {
  return `${target}@${slot}`;
}

export interface Due {
  slot: Instant;
  why: 'slot' | 'confirm' | 'recover';
}

/**
 * What a target's schedule asks for now: an extra canary whose time has come, else its newest slot if no run has
 * finished since that began. Retired targets cost nothing any more.
 */
export function dueOf(state: TargetState, everyMs: number | null, now: Instant): Due | null {
  if (state.health === 'retired') return null;
  if (state.probe !== null)
    return state.probe.at <= now ? { slot: state.probe.at, why: state.probe.why } : null;
  if (everyMs === null) return null;
  const slot = slotAt(state.id, everyMs, now);
  return state.lastRun === null || state.lastRun.at < slot ? { slot, why: 'slot' } : null;
}
