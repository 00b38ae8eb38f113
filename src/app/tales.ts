/** What is told of routes and of the daemon itself: made of what is about to be committed, and written with it. */

import type { Instant } from '../core/base.ts';
import { daemonEffects } from '../core/daemon.ts';
import type { DaemonEffect, DaemonStory, RouteEffect, RouteStory, WeightMove } from '../core/effect.ts';
import { subjectOf } from '../core/effect.ts';
import type { RoutePlan } from '../core/route.ts';
import { talesOf } from '../core/tales.ts';
import type { Log } from '../ports/log.ts';
import type { Settings } from '../ports/settings.ts';
import type { OutboxRow } from '../ports/outbox.ts';
import type { Commit } from '../ports/store.ts';
import type { Observer } from '../ports/view.ts';
import type { Board } from './board.ts';

/** One effect of a route or of the daemon, with how weights move by it. */
export interface Tale {
  effect: RouteEffect | DaemonEffect;
  moves: WeightMove[];
  /** Beside the generation, what makes its key: the same tale has the same one. */
  name: string;
  order: [generation: number, position: number];
}

/** A commit with what its plans and its state have to tell, beside those that the board still holds. */
export function withTales(
  deps: { settings: Settings; board: Board },
  bare: Commit,
): { commit: Commit; tales: Tale[] } {
  const plans = bare.plans.map(({ plan }) => plan);
  const tales = [...talesFor(deps, plans), ...daemonTales(deps.board, bare)];
  return { commit: { ...bare, outbox: [...bare.outbox, ...rowsOf(deps.settings, tales)] }, tales };
}

function talesFor(
  { settings, board }: { settings: Settings; board: Board },
  plans: readonly RoutePlan[],
): Tale[] {
  return plans.flatMap((plan) => {
    const route = settings.routes.find(({ id }) => id === plan.route);
    if (route === undefined) return [];
    const before = board.plan(plan.route);
    return talesOf(route, before, plan, board.hands().freezes).map((effect, n): Tale => {
      const moves = effect.type === 'route.thawed' ? movesOf(before, plan) : [];
      return { effect, moves, name: String(n), order: [plan.generation, n] };
    });
  });
}

function daemonTales(board: Board, { state, event, generation }: Commit): Tale[] {
  return daemonEffects(board.states(), state, event.at).map((effect, n) => ({
    effect,
    moves: [],
    name: String(n),
    order: [generation, n],
  }));
}

/** What must be told of one router. Its key holds the instant: within one generation a router may drift again. */
export function driftTale(effect: RouteEffect & { sink: string }, generation: number, at: Instant): Tale {
  return { effect, moves: [], name: `${effect.sink}@${at}`, order: [generation, at] };
}

/** The rows for every channel that hears them. */
export function rowsOf(settings: Settings, tales: readonly Tale[]): OutboxRow[] {
  const links = { page: settings.publicUrl, run: null, frame: null, dashboard: null, runbook: null };
  return tales.flatMap(({ effect, moves, name, order }) => {
    const story: RouteStory | DaemonStory =
      'route' in effect ? { effect, moves, links } : { effect, moves, links };
    const target = subjectOf(effect);
    return settings.channels
      .filter(({ channel }) => channel.hears(effect))
      .map(({ id }) => ({
        key: `${target}#${order[0]}.${name}/${id}`,
        channel: id,
        target,
        story,
        dueAt: effect.at,
        order,
      }));
  });
}

/** To be called once they are committed. */
export function announceTales(
  { log, observer }: { log: Log; observer: Observer },
  tales: readonly Tale[],
): void {
  if (tales.length > 0) observer.told(tales.map(({ effect }) => effect));
  for (const { effect } of tales) {
    if (effect.type === 'route.frozen') {
      const { route, mode, by, why, endsAt, held } = effect;
      const weights = held.map(({ target, weight }) => `${target} ${weight}`).join(', ');
      log.warn({ route, mode, by, why, endsAt, weights }, 'the weights of a route are frozen');
    } else if (effect.type === 'route.thawed') {
      const { route, mode, durationMs, ended } = effect;
      log.info({ route, mode, durationMs, ended }, 'the weights of a route move again');
    }
  }
}

function movesOf(before: RoutePlan | null, { route, mode, members }: RoutePlan): WeightMove[] {
  return members.flatMap(({ target, weight: to }) => {
    const from = before?.members.find((old) => old.target === target)?.weight ?? to;
    return from === to ? [] : [{ route, target, from, to, ...(mode === 'dry_run' && { mode }) }];
  });
}
