/** The one way in: load, reduce, plan, commit in one transaction, and only then tell the rest of the daemon. */

import type { Instant } from '../core/base.ts';
import { invariant } from '../core/base.ts';
import type { RunId, TargetEvent, TargetId, TargetState, Verdict } from '../core/model.ts';
import type { Trace } from '../core/trace.ts';
import type { TargetEffect } from '../core/effect.ts';
import { runningOf } from '../core/observation.ts';
import { reduce } from '../core/reduce.ts';
import type { Route } from '../core/route.ts';
import { routesByTarget } from '../core/route.ts';
import { shownReason, shownState } from '../core/weights.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Settings, TargetSetting } from '../ports/settings.ts';
import type { Commit, Store } from '../ports/store.ts';
import type { Observer } from '../ports/view.ts';
import type { Board } from './board.ts';
import type { Taken } from './notifications.ts';
import { notificationsOf } from './notifications.ts';
import type { Persist } from './persist.ts';
import { replan, writeOf } from './planning.ts';
import { announceTales, withTales } from './tales.ts';

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
  /** Called after each commit: what it holds is due now. */
  ring: (commit: Commit) => void;
}

/** What is configured, by target: found for each finding, however many targets there are. */
interface Indexed {
  settings: ReadonlyMap<TargetId, TargetSetting>;
  routes: ReadonlyMap<TargetId, readonly Route[]>;
}

export function createRecorder(deps: RecorderDeps): Recorder {
  const { targets, routes } = deps.settings;
  const indexed: Indexed = {
    settings: new Map(targets.map((setting) => [setting.target.id, setting])),
    routes: routesByTarget(routes),
  };
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = tail.then(work);
    tail = turn.catch(() => undefined);
    return turn;
  };

  return {
    record: (target, find) => inTurn(() => recordNow(deps, indexed, target, find)),
    planAll: (at, issuedBefore) => inTurn(() => planNow(deps, at, issuedBefore)),
  };
}

async function recordNow(
  deps: RecorderDeps,
  indexed: Indexed,
  id: TargetId,
  find: (state: TargetState) => Finding,
): Promise<void> {
  const { board, persist, settings, store } = deps;
  const setting = indexed.settings.get(id);
  invariant(setting !== undefined, `a finding about ${id}, which is not configured`);
  for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
    const before = board.state(id);
    const finding = withRunning(deps, id, notAhead(find(before), deps.clock.now()));
    const step = reduce(before, finding.event, settings.policy);
    if (!step.changed && finding.closesRun === undefined) return;
    const routes = indexed.routes.get(id) ?? [];
    const given = { setting, routes, before, step, closesRun: finding.closesRun ?? null };
    const { commit, tales } = withTales(deps, commitOf(deps, finding.event, given));
    const outcome = await persist(() => store.commit(commit));
    if (outcome === 'done') {
      board.apply({
        state: step.state,
        plans: commit.plans.map(({ plan }) => plan),
        generation: commit.generation,
      });
      announce(deps, finding, step.effects, before, step.state);
      announceTales(deps, tales);
      deps.ring(commit);
      return;
    }
    if (outcome === 'refused') return refused(deps, id);
    // Somebody else wrote in between, or our own write was done although its answer was lost.
    board.reset(await persist(() => store.peek()));
    deps.ring(commit);
    if (outcome === 'already_closed') return;
  }
  invariant(false, `${CONFLICTS_MAX} conflicting writers on ${id}`);
}

/** Tried again it would be refused again, and what is not written is not believed. */
function refused({ log }: RecorderDeps, targetId: TargetId): void {
  log.error({ targetId }, 'the store refuses this state: nothing of it was written');
}

/** An event that was found before the clock was set back, and comes after it, must not lie ahead. */
function notAhead(finding: Finding, now: Instant): Finding {
  const { event } = finding;
  return event.at > now ? { ...finding, event: { ...event, at: now } } : finding;
}

/** An event says what else was in flight, so that a state stays the fold of its events. */
function withRunning({ board }: RecorderDeps, id: TargetId, finding: Finding): Finding {
  const { event, closesRun } = finding;
  if (!('verdict' in event) && event.type !== 'sibling.seen' && event.type !== 'outcomes.reported')
    return finding;
  const running = runningOf(board.flights(), id, closesRun?.runId);
  return running.length === 0 ? finding : { ...finding, event: { ...event, running } };
}

/** Everything that follows from one step, to be written together. */
function commitOf(deps: RecorderDeps, event: TargetEvent, given: Taken): Commit {
  const { routes, before, step, closesRun } = given;
  const generation = deps.board.generation() + 1;
  const plans = replan(deps, routes, step.state, before, { at: deps.clock.now(), generation });
  return {
    before: { version: before.version },
    state: step.state,
    event,
    outbox: notificationsOf(deps, given, plans),
    closesRun,
    plans: plans.map((plan) => writeOf(deps, plan)),
    generation,
  };
}

async function planNow(deps: RecorderDeps, at: Instant, issuedBefore: Instant): Promise<void> {
  const { board, persist, settings, store } = deps;
  const carrier = settings.targets[0];
  if (carrier === undefined) return;
  for (let tries = 0; tries < CONFLICTS_MAX; tries++) {
    const state = board.state(carrier.target.id);
    const generation = board.generation() + 1;
    const plans = replan(
      deps,
      settings.routes,
      state,
      state,
      { at: deps.clock.now(), generation },
      issuedBefore,
    );
    if (plans.length === 0) return;
    const { commit, tales } = withTales(deps, {
      before: { version: state.version },
      state,
      event: { type: 'day.began', at },
      outbox: [],
      closesRun: null,
      plans: plans.map((plan) => writeOf(deps, plan)),
      generation,
    });
    const outcome = await persist(() => store.commit(commit));
    if (outcome === 'done') {
      board.apply({ state, plans, generation });
      announceTales(deps, tales);
    } else if (outcome === 'refused') return refused(deps, carrier.target.id);
    // Where our own write was done although its answer was lost, nothing is left to plan after this.
    else board.reset(await persist(() => store.peek()));
    deps.ring(commit);
    if (outcome === 'done') return;
  }
  invariant(false, 'another daemon plans the same routes on this store');
}

function announce(
  deps: RecorderDeps,
  finding: Finding,
  effects: readonly TargetEffect[],
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
      { ...fields, from: shownState(before), to: shownState(state), reason: shownReason(state).text },
      'state changed',
    );
}
