/** Them or us: how the other providers fare at the moment something goes wrong with one. */

import type { Target, TargetId, TargetState } from './model.ts';
import type { PeerView } from './effect.ts';

/** Counts the targets of other providers by how they fare; retired and unknown ones say nothing. */
export function peersOf(
  target: Target,
  targets: readonly Target[],
  states: ReadonlyMap<TargetId, TargetState>,
): PeerView {
  const view: PeerView = { fine: 0, troubled: [], blind: 0 };
  for (const other of targets) {
    const state = states.get(other.id);
    if (other.provider === target.provider || state === undefined) continue;
    if (state.blind !== null) view.blind += 1;
    else if (state.health === 'healthy') view.fine += 1;
    else if (state.health !== 'retired' && state.health !== 'unknown') view.troubled.push(other.id);
  }
  return view;
}
