/** What is told of routes: that their weights are held, and that they move again. */

import type { Instant } from './base.ts';
import type { RouteEffect } from './effect.ts';
import type { Freeze } from './hands.ts';
import { FILE_AUTHOR } from './hands.ts';
import type { Frozen, Route, RoutePlan } from './route.ts';
import { providerOf } from './weights.ts';

/**
 * What people must hear of a route whose plan changes. Whoever froze it, the plans alone say so: thus it is told once,
 * however often a daemon dies in between.
 * @param before the plan that `plan` follows, if any
 * @param freezes what people have said: which of it holds, and how it is lifted
 */
export function talesOf(
  route: Route,
  before: RoutePlan | null,
  plan: RoutePlan,
  freezes: readonly Freeze[],
): RouteEffect[] {
  const was = before?.frozen ?? null;
  const is = plan.frozen;
  if (is !== null) return isSameFreeze(was, is) ? [] : [frozenTale(route, plan, is, freezes)];
  return was === null ? [] : [thawedTale(route, plan, was)];
}

/** A person who takes over what the policy froze, or freezes for longer, has changed when it ends. */
function isSameFreeze(was: Frozen | null, is: Frozen): boolean {
  return was !== null && was.by === is.by && was.since === is.since && was.until === is.until;
}

function frozenTale(
  route: Route,
  plan: RoutePlan,
  { since, why, by, until }: Frozen,
  freezes: readonly Freeze[],
): RouteEffect {
  return {
    type: 'route.frozen',
    at: plan.issuedAt,
    route: route.id,
    mode: plan.mode,
    since,
    why,
    by,
    endsAt: by === 'policy' ? since + route.policy.freezeMs : (until ?? null),
    liftedBy: liftOf(by, since, freezes),
    held: plan.members.map(({ target, weight, state }) => ({ target, weight, state })),
    out: outOf(route, plan),
  };
}

function liftOf(by: string, since: Instant, freezes: readonly Freeze[]): 'thaw' | 'thaw_all' | 'file' {
  if (by === FILE_AUTHOR) return 'file';
  const said = freezes.filter((freeze) => freeze.author === by && freeze.since === since);
  return said.length > 0 && said.every(({ route }) => route === null) ? 'thaw_all' : 'thaw';
}

function thawedTale(route: Route, plan: RoutePlan, was: Frozen): RouteEffect {
  const { since, by } = was;
  const at = plan.issuedAt;
  const durationMs = at - since;
  return {
    type: 'route.thawed',
    at,
    route: route.id,
    mode: plan.mode,
    since,
    durationMs,
    by,
    ended: endOf(route, plan, was),
  };
}

function endOf(route: Route, plan: RoutePlan, { by, since, until }: Frozen): 'time' | 'returned' | 'person' {
  const endsAt = by === 'policy' ? since + route.policy.freezeMs : (until ?? Infinity);
  if (plan.issuedAt >= endsAt) return 'time';
  if (by !== 'policy') return 'person';
  return outOf(route, plan).length < route.policy.freezeAt ? 'returned' : 'person';
}

/** A provider counts once, from when its first target went out. */
function outOf({ members }: Route, plan: RoutePlan): { provider: string; since: number }[] {
  const since = new Map<string, number>();
  for (const { target, ejectedAt } of plan.members) {
    const provider = providerOf(
      members.find((member) => member.target === target) ?? { target, baseWeight: 0 },
    );
    if (ejectedAt !== null) since.set(provider, Math.min(ejectedAt, since.get(provider) ?? Infinity));
  }
  return [...since]
    .map(([provider, at]) => ({ provider, since: at }))
    .toSorted((a, b) => a.since - b.since || (a.provider < b.provider ? -1 : 1));
}
