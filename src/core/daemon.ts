/** What is told once for all targets: that nothing can be reached from here. */

import type { Instant } from './base.ts';
import type { DaemonEffect } from './effect.ts';
import type { TargetId, TargetState } from './model.ts';

/**
 * What a target's next state means beside the states of all. The states alone say so: thus it is told once, however
 * often a daemon dies in between.
 * @param before the states of all targets, the target's own as it was
 */
export function daemonEffects(
  before: ReadonlyMap<TargetId, TargetState>,
  next: TargetState,
  at: Instant,
): DaemonEffect[] {
  const was = before.get(next.id)?.blind ?? null;
  const wasUnreachable = was?.cause === 'unreachable';
  const isUnreachable = next.blind?.cause === 'unreachable';
  if (wasUnreachable === isUnreachable) return [];
  for (const { id, blind } of before.values())
    if (id !== next.id && blind?.cause === 'unreachable') return [];
  if (next.blind !== null && isUnreachable) return [{ type: 'network.lost', at, text: next.blind.text }];
  // The clock may have gone back.
  return [{ type: 'network.restored', at, durationMs: Math.max(0, at - (was?.since ?? at)) }];
}
