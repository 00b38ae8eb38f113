/** How sure it is that something is wrong, for commands that read the store beside the daemon. */

import type { Instant } from '../core/base.ts';
import type { DetectionPolicy } from '../core/detection.ts';
import type { ShownState, TargetId, TargetState } from '../core/model.ts';
import type { RunningJob } from '../core/observation.ts';
import { shownState } from '../core/weights.ts';
import { judgedAt } from '../core/why.ts';
import type { OpenRun } from '../ports/store.ts';

/** The states in which somebody asks how sure it is. */
const DOUBTED: ReadonlySet<ShownState> = new Set(['suspect', 'degraded', 'down', 'recovering']);

export function isDoubted(state: TargetState): boolean {
  return isDoubtedState(shownState(state));
}

export function isDoubtedState(state: ShownState): boolean {
  return DOUBTED.has(state);
}

/** `99.0 %` for a target that is suspect or worse; `-` for all others. */
export function doubtOf(
  state: TargetState,
  open: readonly OpenRun[],
  now: Instant,
  policy: DetectionPolicy,
): string {
  if (state.belief === null || !isDoubted(state)) return '-';
  return percent(judgedAt(state.belief, jobsOf(open, state.id), now, policy).fault);
}

/** A target's canaries in flight, as belief weighs them. */
export function jobsOf(open: readonly OpenRun[], target: TargetId): RunningJob[] {
  return open
    .filter((run) => run.target === target)
    .map(({ startedAt, acceptedAt }) => ({ submittedAt: startedAt, isAccepted: acceptedAt !== null }));
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
