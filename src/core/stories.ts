/** What surrounds an effect when it is told: whose weights moved, how the others fare, where to look. */

import type { Instant } from './base.ts';
import type { Health, RunId, Target, TargetId, TargetState } from './model.ts';
import type { TargetEffect, TargetStory, WeightMove } from './effect.ts';
import { peersOf } from './peers.ts';
import type { Pin, Route, RoutePlan } from './route.ts';
import { planRoute } from './weights.ts';

/** What is known when a step has been taken. `states` already holds the target's next state. */
export interface Surroundings {
  targets: readonly Target[];
  routes: readonly Route[];
  states: ReadonlyMap<TargetId, TargetState>;
  /** The plans that routers are now told, by route; a route without one is planned anew. */
  plans: ReadonlyMap<string, RoutePlan>;
  before: TargetState;
  pageUrl: string;
  /** The run that this step ended, if any, and whether there is a picture of it. */
  closedRun: RunId | null;
  isPictured: boolean;
  links: { dashboard: string | null; runbook: string | null };
}

/** Makes a story of each effect, ready to be told later, maybe after a restart. */
export function storiesOf(
  target: Target,
  effects: readonly TargetEffect[],
  around: Surroundings,
): TargetStory[] {
  const peers = peersOf(target, around.targets, around.states);
  return effects.map((effect) => {
    const runId = runOf(effect, around.closedRun);
    const run = runId === null ? null : `${around.pageUrl}/runs/${encodeURIComponent(runId)}`;
    const frame =
      runId === null || runId !== around.closedRun || !around.isPictured
        ? null
        : `${around.pageUrl}/v1/runs/${encodeURIComponent(runId)}/frame`;
    return {
      effect,
      target,
      moves: movesFor(effect, around),
      peers,
      links: { page: around.pageUrl, run, frame, ...around.links },
    };
  });
}

/** The run that shows it best: the newest one that failed, else the one that brought it about. */
function runOf(effect: TargetEffect, closedRun: RunId | null): RunId | null {
  const isBad = effect.type === 'incident.opened' || effect.type === 'incident.changed';
  const seen = isBad ? effect.incident.evidence.find(({ runId }) => runId !== null)?.runId : undefined;
  return seen ?? closedRun;
}

/**
 * How weights moved, as people mean it: an outage is compared with the target in health, although suspicion had
 * already taken some of its weight, and a recovery with the worst of the outage. Pins count on both sides; where a
 * freeze holds weights, none moved.
 */
function movesFor(effect: TargetEffect, { routes, states, plans, before }: Surroundings): WeightMove[] {
  const was: Health = wasBefore(effect) ?? before.health;
  const then = new Map(states).set(before.id, { ...before, health: was });
  return routes
    .filter((route) => route.members.some(({ target }) => target === before.id))
    .filter((route) => !plans.get(route.id)?.frozen)
    .flatMap((route) => {
      const pins = plans.get(route.id)?.members.flatMap(({ pin }) => pin ?? []) ?? [];
      const from = weightsIn(route, then, pins, effect.at);
      return [...weightsIn(route, states, pins, effect.at)].map(([target, to]) => ({
        route: route.id,
        target,
        from: from.get(target) ?? to,
        to,
        ...(route.mode === 'dry_run' && { mode: route.mode }),
      }));
    })
    .filter(({ from, to }) => from !== to);
}

function wasBefore(effect: TargetEffect): Health | null {
  if (effect.type === 'incident.opened') return 'healthy';
  return effect.type === 'incident.closed' ? effect.incident.worst : null;
}

function weightsIn(
  route: Route,
  states: ReadonlyMap<TargetId, TargetState>,
  pins: readonly Pin[],
  at: Instant,
): Map<TargetId, number> {
  const nowhere = { at, epoch: 0, generation: 0, previous: 0, transition: null, pins };
  return new Map(planRoute(route, states, nowhere).members.map(({ target, weight }) => [target, weight]));
}
