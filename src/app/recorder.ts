/** The one way in: load, reduce, plan, commit in one transaction, and only then tell the rest of the daemon. */

import type { Instant } from '../core/base.ts';
import { invariant } from '../core/base.ts';
import type {
  Effect,
  RunId,
  Story,
  Target,
  TargetEvent,
  TargetId,
  TargetState,
  Trace,
  Verdict,
  WeightMove,
} from '../core/model.ts';
import { peersOf } from '../core/peers.ts';
import { reduce } from '../core/reduce.ts';
import type { Route, RoutePlan } from '../core/route.ts';
import { isSamePlan, planRoute, shownReason, shownState } from '../core/weights.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Settings } from '../ports/settings.ts';
import type { Commit, Store } from '../ports/store.ts';
import type { Observer } from '../ports/view.ts';
import type { Board } from './board.ts';
import type { Persist } from './persist.ts';

/** Writers that keep overtaking us point to a fault, not to load. */
const CONFLICTS_MAX = 20;

/** What somebody has found out about a target, given what is believed at this moment. */
export interface Finding {
  event: TargetEvent;
  closesRun?: { runId: RunId; trace: Trace; verdict: Verdict; frameJpegBase64: string | null };
}

export interface Recorder {
  /**
   * Folds a finding into a target's state and commits everything that follows from it. `find` may be called again
   * when another writer was faster. Findings are recorded one at a time, in the order in which they came.
   */
  record: (target: TargetId, find: (state: TargetState) => Finding) => Promise<void>;
  /**
   * Plans every route anew: those that have no plan in this epoch, that would differ, or that were issued before
   * `issuedBefore`. Routers trust a plan only for a while, so even an unchanged one is issued again in time.
   */
  planAll: (at: Instant, issuedBefore: Instant) => Promise<void>;
}

export interface RecorderDeps {
  store: Store;
  settings: Settings;
  board: Board;
  clock: Clock;
  log: Log;
  observer: Observer;
  persist: Persist;
  /** Called after each commit: something may be due now. */
  ring: () => void;
}

export function createRecorder(deps: RecorderDeps): Recorder {
  const { board, settings, persist } = deps;
  const targets = settings.targets.map(({ target }) => target);
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = tail.then(work);
    tail = turn.catch(() => undefined);
    return turn;
  };

  const recordNow = async (id: TargetId, find: (state: TargetState) => Finding): Promise<void> => {
    const target = targets.find((candidate) => candidate.id === id);
    invariant(target !== undefined, `a finding about ${id}, which is not configured`);
    for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
      const before = board.state(id);
      const finding = find(before);
      const step = reduce(before, finding.event, settings.policy);
      if (!step.changed && finding.closesRun === undefined) return;
      const generation = board.generation() + 1;
      const routes = settings.routes.filter((route) => route.members.some(({ target }) => target === id));
      const plans = replan(deps, routes, step.state, before, { at: finding.event.at, generation });
      const stories = tell(deps, target, step.effects, plans, step.state);
      const commit: Commit = {
        before: { version: before.version },
        state: step.state,
        event: finding.event,
        outbox: outboxOf(settings, stories, step.state),
        closesRun: finding.closesRun ?? null,
        plans: plans.map((plan) => writeOf(deps, plan)),
        generation,
      };
      const outcome = await persist(() => deps.store.commit(commit));
      if (outcome === 'done') {
        board.apply({ state: step.state, plans, generation });
        announce(deps, finding, step.effects, before, step.state);
        return;
      }
      // Somebody else wrote in between, or our own write was done although its answer was lost.
      board.reset(await persist(() => deps.store.peek()));
      if (outcome === 'already_closed') return;
    }
    invariant(false, `${CONFLICTS_MAX} conflicting writers on ${id}`);
  };

  return {
    record: (target, find) => inTurn(() => recordNow(target, find)),
    planAll: (at, issuedBefore) =>
      inTurn(async () => {
        const carrier = settings.targets[0];
        if (carrier === undefined) return;
        const state = board.state(carrier.target.id);
        const generation = board.generation() + 1;
        const plans = replan(deps, settings.routes, state, state, { at, generation }, issuedBefore);
        if (plans.length === 0) return;
        const commit: Commit = {
          before: { version: state.version },
          state,
          event: { type: 'day.began', at },
          outbox: [],
          closesRun: null,
          plans: plans.map((plan) => writeOf(deps, plan)),
          generation,
        };
        const outcome = await persist(() => deps.store.commit(commit));
        invariant(outcome === 'done', 'another daemon plans the same routes on this store');
        board.apply({ state, plans, generation });
        deps.ring();
      }),
  };
}

/** The new plans of these routes, where they tell routers something new. */
function replan(
  { board }: RecorderDeps,
  routes: readonly Route[],
  next: TargetState,
  before: TargetState,
  moment: { at: Instant; generation: number },
  issuedBefore = 0,
): RoutePlan[] {
  const states = new Map(board.states()).set(next.id, next);
  const from = shownState(before);
  const to = shownState(next);
  const transition = from === to ? null : { target: next.id, from, to, reason: shownReason(next).code };
  return routes.flatMap((route) => {
    const old = board.plan(route.id);
    const previous = old?.generation ?? 0;
    const plan = planRoute(route, states, { ...moment, epoch: board.epoch, previous, transition });
    const isFresh = old !== null && old.epoch === plan.epoch && old.issuedAt >= issuedBefore;
    return isFresh && isSamePlan(old, plan) ? [] : [plan];
  });
}

function writeOf({ board, settings }: RecorderDeps, plan: RoutePlan): Commit['plans'][number] {
  return { plan, before: board.plan(plan.route)?.generation ?? 0, sinks: sinksOf(settings, plan) };
}

function sinksOf(settings: Settings, plan: RoutePlan): string[] {
  if (plan.mode !== 'enforce') return [];
  return settings.sinks
    .filter(({ sink }) => sink.routes === null || sink.routes.includes(plan.route))
    .map(({ id }) => id);
}

/** Surrounds each effect with what a message needs: moved weights, the others' state, links. */
function tell(
  { board, settings }: RecorderDeps,
  target: Target,
  effects: readonly Effect[],
  plans: readonly RoutePlan[],
  state: TargetState,
): Story[] {
  if (effects.length === 0) return [];
  const moves = plans.flatMap((plan) => movesOf(board.plan(plan.route), plan));
  const peers = peersOf(
    target,
    settings.targets.map((setting) => setting.target),
    board.states(),
  );
  const setting = settings.targets.find((candidate) => candidate.target.id === target.id);
  const runId = state.evidence.find((seen) => seen.runId !== null)?.runId ?? state.lastRun?.id ?? null;
  const links = {
    page: settings.publicUrl,
    run: runId === null ? null : `${settings.publicUrl}/runs/${encodeURIComponent(runId)}`,
    dashboard: setting?.links.dashboard ?? null,
    runbook: setting?.links.runbook ?? null,
  };
  return effects.map((effect) => ({ effect, target, moves, peers, links }));
}

function movesOf(old: RoutePlan | null, plan: RoutePlan): WeightMove[] {
  const before = new Map(old?.members.map((member) => [member.target, member.weight]));
  return plan.members
    .map(({ target, weight }) => ({
      route: plan.route,
      target,
      from: before.get(target) ?? weight,
      to: weight,
    }))
    .filter(({ from, to }) => from !== to);
}

function outboxOf(settings: Settings, stories: readonly Story[], state: TargetState): Commit['outbox'] {
  return stories.flatMap((story, n) =>
    settings.channels
      .filter(({ channel }) => channel.hears(story.effect))
      .map(({ id }) => ({
        key: `${state.id}#${state.version}.${n}/${id}`,
        channel: id,
        target: state.id,
        story,
        dueAt: story.effect.at,
      })),
  );
}

function announce(
  deps: RecorderDeps,
  finding: Finding,
  effects: readonly Effect[],
  before: TargetState,
  state: TargetState,
): void {
  const { log, observer } = deps;
  observer.committed({ target: state.id, event: finding.event, effects, state });
  const closed = finding.closesRun;
  if (closed !== undefined)
    observer.runEnded({ target: state.id, trace: closed.trace, verdict: closed.verdict });
  const fields = {
    targetId: state.id,
    event: finding.event.type,
    health: state.health,
    version: state.version,
    ...(closed === undefined ? {} : { runId: closed.runId, verdict: closed.verdict }),
  };
  if (shownState(before) === shownState(state)) log.debug(fields, 'event recorded');
  else
    log.info(
      { ...fields, from: shownState(before), to: shownState(state), reason: state.reason.text },
      'state changed',
    );
  deps.ring();
}
