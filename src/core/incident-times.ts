/** When an incident began and was over: by what was seen, not by when that was believed or sent. */

import type { Instant } from './base.ts';
import type { Told } from './explain.ts';
import { isBad } from './explain.ts';
import type { Evidence, Incident, TargetState } from './model.ts';

export function sinceOf({ at, since }: Evidence): Instant {
  return since ?? at;
}

/**
 * When an incident began: with the oldest order or check that failed, or is overdue. A failure of what was ordered
 * before the newest good video counts from when it was seen, and nothing counts from before the end of the last alert.
 */
export function beganAt(
  { belief, evidence }: TargetState,
  overdueSince: Instant | null,
  at: Instant,
): Instant {
  const { troubleSince = null, okSubmittedAt = null, recoveredAt = null } = belief ?? {};
  const begun = evidence
    .filter((piece) => troubleSince !== null && piece.at >= troubleSince)
    .map((piece) => (sinceOf(piece) > (okSubmittedAt ?? -Infinity) ? sinceOf(piece) : piece.at));
  const first = Math.min(at, troubleSince ?? at, overdueSince ?? at, ...begun);
  return Math.max(first, recoveredAt ?? -Infinity);
}

/**
 * When an incident was over: with the first good sign after the last bad one. Where that is not kept any more, with the
 * last bad one; where jobs that were overdue were all that was bad, with the first good sign, or when they were gone.
 */
export function overAt(incident: Incident, { belief, signs }: TargetState, at: Instant): Instant {
  const until = belief?.recoveredAt ?? at;
  const since = signs.filter(({ seen }) => seen.at <= until && seen.at >= incident.firstFailureAt);
  const bad = since.findIndex(
    (sign) => isBad(sign) || (sign.seen.kind === 'free_check' && sign.seen.is !== 'ok'),
  );
  const good = (bad === -1 ? since : since.slice(0, bad)).findLast(isGood)?.seen.at;
  if (bad !== -1) return good ?? since[bad]?.seen.at ?? until;
  const lastBadAt = belief?.lastBadAt ?? -Infinity;
  return lastBadAt >= incident.firstFailureAt ? Math.min(until, lastBadAt) : (good ?? until);
}

function isGood({ seen }: Told): boolean {
  if (seen.kind === 'free_check') return seen.is === 'ok';
  return (seen.kind === 'canary' || seen.kind === 'report') && seen.outcome.is === 'ok';
}
