/** What a router may follow without thinking. */

import type { Instant } from '../core/base.ts';
import type { Route } from '../core/route.ts';
import { integersOf } from '../core/points.ts';
import type { Shares } from '../ports/render.ts';
import type { View } from '../ports/view.ts';

/** `plan`: as planned. `dry_run`, `expired`, `unplanned`: the configured base weights stand, and why. */
export const BASES = ['plan', 'dry_run', 'expired', 'unplanned'] as const;
export type Basis = (typeof BASES)[number];

/** Epoch and generation, as one word that is only compared for being equal. */
export function indexOf(view: Pick<View, 'epoch' | 'generation'>): string {
  return `${view.epoch}.${view.generation()}`;
}

/**
 * Whether something was told since this index, or it is none of ours. Commits that only add to the evidence move the
 * index, too, but there is nothing to hurry for.
 */
export function isPast(
  view: Pick<View, 'epoch' | 'generation' | 'told'>,
  index: string | undefined,
): boolean {
  const [, epoch, generation] = /^(\d{1,15})\.(\d{1,15})$/.exec(index ?? '') ?? [];
  const known = Number(generation);
  return Number(epoch) !== view.epoch || !(known >= view.told() && known <= view.generation());
}

/**
 * The weights of a route for those who cannot be told "dry run" or "valid until": where a plan is not to be followed,
 * these are the base weights, which is what a router would do without us.
 */
export function sharesOf(
  route: Route,
  view: Pick<View, 'plans' | 'validUntil'>,
  now: Instant,
): Shares & { basis: Basis } {
  const plan = view.plans().get(route.id);
  if (plan === undefined) return { ...baseShares(route, []), basis: 'unplanned' };
  // What a dry run would leave out is not left out.
  if (plan.mode === 'dry_run') return { ...baseShares(route, []), basis: 'dry_run' };
  if (now <= view.validUntil())
    return { route: route.id, members: plan.members, fallback: plan.fallback, basis: 'plan' };
  const out = plan.members.filter(({ role }) => role === 'exclude').map(({ target }) => target);
  return { ...baseShares(route, out), basis: 'expired' };
}

/** @param out who gets no job whatever happens, unless nobody else would get any */
function baseShares(route: Route, out: readonly string[]): Shares {
  const bases = route.members.map(({ target, baseWeight }) => (out.includes(target) ? 0 : baseWeight));
  if (bases.every((weight) => weight === 0)) return baseShares(route, []);
  const weights = integersOf(bases);
  const members = route.members.map(({ target }, i) => {
    const weight = weights[i] ?? 0;
    const role: Shares['members'][number]['role'] = out.includes(target)
      ? 'exclude'
      : weight > 0
        ? 'serve'
        : 'drain';
    return { target, weight, role };
  });
  const fallback = route.members
    .filter(({ target }) => !out.includes(target))
    .toSorted((a, b) => b.baseWeight - a.baseWeight)
    .map(({ target }) => target);
  return { route: route.id, members, fallback };
}
