/** What is told once for all targets: that nothing can be reached from here, and that a budget pays for too little. */

import type { Instant } from './base.ts';
import type { DaemonEffect } from './effect.ts';
import type { BudgetLow, TargetId, TargetState } from './model.ts';

type States = ReadonlyMap<TargetId, TargetState>;

/**
 * What a target's next state means beside the states of all. The states alone say so: thus it is told once, however
 * often a daemon dies in between.
 * @param before the states of all targets, the target's own as it was
 */
export function daemonEffects(before: States, next: TargetState, at: Instant): DaemonEffect[] {
  return [...networkEffects(before, next, at), ...budgetEffects(before, next, at)];
}

function networkEffects(before: States, next: TargetState, at: Instant): DaemonEffect[] {
  const was = before.get(next.id)?.blind ?? null;
  const wasUnreachable = was?.cause === 'unreachable';
  const isUnreachable = next.blind?.cause === 'unreachable';
  if (wasUnreachable === isUnreachable) return [];
  if (othersOf(before, next).some(({ blind }) => blind?.cause === 'unreachable')) return [];
  if (next.blind !== null && isUnreachable) return [{ type: 'network.lost', at, text: next.blind.text }];
  return [{ type: 'network.restored', at, durationMs: since(was?.since, at) }];
}

function budgetEffects(before: States, next: TargetState, at: Instant): DaemonEffect[] {
  const was = before.get(next.id)?.budgetLow ?? null;
  const is = next.budgetLow;
  if ((was === null) === (is === null)) return [];
  const isOthers = ({ provider }: BudgetLow) =>
    othersOf(before, next).some(({ budgetLow }) => budgetLow?.provider === provider);
  if (is !== null && !isOthers(is)) {
    const { provider, budgetUsd, returnsAt } = is;
    return [{ type: 'budget.low', at, provider, budgetUsd, waiting: next.id, returnsAt }];
  }
  if (was === null || isOthers(was)) return [];
  const { provider, budgetUsd } = was;
  return [{ type: 'budget.restored', at, provider, budgetUsd, durationMs: since(was.since, at) }];
}

function othersOf(states: States, { id }: TargetState): TargetState[] {
  return [...states.values()].filter((state) => state.id !== id);
}

/** The clock may have gone back. */
function since(began: Instant | undefined, at: Instant): number {
  return Math.max(0, at - (began ?? at));
}
