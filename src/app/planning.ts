/** New plans of routes, and who is to be pushed them. */

import { plannedOf } from '../core/audit.ts';
import type { Instant } from '../core/base.ts';
import { frozenOf, pinsOf } from '../core/hands.ts';
import type { TargetId, TargetState } from '../core/model.ts';
import type { Route, RoutePlan } from '../core/route.ts';
import { isSamePlan, planRoute, shownReason, shownState } from '../core/weights.ts';
import type { Settings } from '../ports/settings.ts';
import type { Commit } from '../ports/store.ts';
import type { Board } from './board.ts';

export interface PlanningDeps {
  settings: Settings;
  board: Board;
}

/**
 * The new plans of these routes, where they tell routers something new. They are made at the present: an event may be
 * older than the plan before it, and a limit per minute would then count the wrong minute.
 */
export function replan(
  { board }: PlanningDeps,
  routes: readonly Route[],
  next: TargetState,
  before: TargetState,
  moment: { at: Instant; generation: number },
  issuedBefore = 0,
): RoutePlan[] {
  const states = { get: (id: TargetId) => (id === next.id ? next : board.states().get(id)) };
  const from = shownState(before);
  const to = shownState(next);
  const hands = board.hands();
  const transition = from === to ? null : { target: next.id, from, to, reason: shownReason(next).code };
  return routes.flatMap((route) => {
    const old = board.plan(route.id);
    const previous = old?.generation ?? 0;
    const plan = planRoute(route, states, {
      ...moment,
      epoch: board.epoch,
      previous,
      transition,
      before: old,
      pins: pinsOf(hands, route.id, moment.at),
      frozen: frozenOf(hands, route.id, moment.at),
      thawedAt: hands.thaws[route.id] ?? null,
    });
    const isFresh = old !== null && old.epoch === plan.epoch && old.issuedAt >= issuedBefore;
    return isFresh && isSamePlan(old, plan) ? [] : [plan];
  });
}

export function writeOf({ board, settings }: PlanningDeps, plan: RoutePlan): Commit['plans'][number] {
  const old = board.plan(plan.route);
  const route = settings.routes.find(({ id }) => id === plan.route);
  const audit = route === undefined ? null : plannedOf(route, old, plan);
  return { plan, before: old?.generation ?? 0, sinks: sinksOf(settings, plan), audit };
}

function sinksOf(settings: Settings, plan: RoutePlan): string[] {
  if (plan.mode !== 'enforce') return [];
  return settings.sinks
    .filter(({ sink }) => sink.routes === null || sink.routes.includes(plan.route))
    .map(({ id }) => id);
}
