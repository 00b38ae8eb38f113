/** Looks at what is due and starts it, where there is room and money; and lets time speak where jobs are overdue. */

import type { Instant } from '../core/base.ts';
import { fraction, MINUTE, SECOND } from '../core/base.ts';
import type { RunId, TargetEvent, TargetId } from '../core/model.ts';
import { runningOf } from '../core/observation.ts';
import { reduce } from '../core/reduce.ts';
import type { Agenda } from '../core/schedule.ts';
import { agendaOf, nextSlotAt, runIdOf } from '../core/schedule.ts';
import { rampDueAt } from '../core/ramp.ts';
import type { Route } from '../core/route.ts';
import { routesByTarget } from '../core/route.ts';
import type { Cron } from '../ports/clock.ts';
import type { TargetSetting } from '../ports/settings.ts';
import type { RunWhy } from '../ports/store.ts';
import type { DueQueue } from './due.ts';
import { createDueQueue } from './due.ts';
import { begin, createFleet, flyingOf, hasRoom, isFull, land, resumeAll } from './fleet.ts';
import type { Fleet, FleetDeps, Outcome } from './fleet.ts';
import type { Slots } from './slots.ts';
import { createSlots, spreadMs } from './slots.ts';

/** A slot that is somebody else's: look again this much later. */
const LATER_MS = MINUTE;
/** Looked at again at the latest after this where nothing is known to be due: budgets, hours and quiet times move on. */
const CALM_LOOK_MS = MINUTE;
/** How often a look counts as a sign of life. */
const SIGN_OF_LIFE_MS = 5 * SECOND;
/** What one look may take on, so that nothing else waits for it; the rest follows at once. */
const LOOKS_MAX = 200;
/** Money comes back only as the orders of a day ago grow older: asking each minute would find nothing new. */
const NO_MONEY_MS = 5 * MINUTE;

export interface Scheduler {
  start: () => Promise<void>;
  /** Starts whatever is due now. */
  tick: (at: Instant) => void;
  /** The clock jumped, and many may be due: none waits for the other time, and they do not start all at once. */
  spread: (at: Instant) => void;
  /** When somebody should look again at the latest, as the last look found; null where nothing is awaited. */
  nextLookAt: () => Instant | null;
  /** Orders one canary now, outside every schedule but inside the budget. */
  probe: (target: TargetId) => Promise<{ outcome: Outcome; runId: RunId }>;
  /** No new runs; resolves when none is in flight any more. Not to be called while `start` is under way. */
  stop: () => Promise<void>;
}

interface Desk {
  fleet: Fleet;
  deps: FleetDeps;
  settings: ReadonlyMap<TargetId, TargetSetting>;
  routes: ReadonlyMap<TargetId, readonly Route[]>;
  isQuiet: (at: Instant) => boolean;
  notBefore: Map<TargetId, Instant>;
  /** When each target is to be looked at next. */
  due: DueQueue<TargetId>;
  /** Those for whom time alone may speak: they are looked at with each tick. */
  restless: Set<TargetId>;
  /** Those that want a canary and find no room, first come, first served. */
  waiting: { urgent: Set<TargetId>; routine: Set<TargetId> };
  slots: Slots;
}

export function createScheduler(deps: FleetDeps & { cron: Cron }): Scheduler {
  const { settings, clock, cron, board } = deps;
  const due = createDueQueue<TargetId>();
  const desk: Desk = {
    deps,
    fleet: createFleet(deps, (at, target) => {
      due.set(target, -Infinity);
      look(desk, at);
    }),
    settings: new Map(settings.targets.map((setting) => [setting.target.id, setting])),
    routes: routesByTarget(settings.routes),
    isQuiet: settings.quietCron === null ? () => false : cron.matches(settings.quietCron),
    notBefore: new Map(),
    due,
    restless: new Set(),
    waiting: { urgent: new Set(), routine: new Set() },
    slots: createSlots(board.states().values()),
  };
  dueNow(desk, desk.settings.keys());
  const crons: { stop: () => void }[] = [];
  return {
    start: async () => {
      await deps.purse.load();
      await resumeAll(desk.fleet);
      if (desk.fleet.stop.signal.aborted) return;
      for (const setting of settings.targets) {
        if (!('cron' in setting.schedule)) continue;
        crons.push(cron.every(setting.schedule.cron, (slot) => onCron(desk, setting, slot)));
      }
      crons.push({ stop: board.onChange((changed) => dueNow(desk, changed)) });
      crons.push(cron.every(settings.tickCron, () => tick(desk, clock.now())));
      tick(desk, clock.now());
    },
    tick: (at) => look(desk, at),
    spread: (at) => spread(desk, at),
    nextLookAt: () => due.nextAt(),
    probe: async (target) => {
      const setting = desk.settings.get(target);
      const slot = clock.now();
      const outcome = setting === undefined ? 'busy' : await begin(desk.fleet, setting, slot, 'manual');
      return { outcome, runId: runIdOf(target, slot) };
    },
    stop: async () => {
      for (const task of crons) task.stop();
      await land(desk.fleet);
    },
  };
}

function dueNow({ due }: Desk, targets: Iterable<TargetId>): void {
  for (const id of targets) due.setSooner(id, -Infinity);
}

function spread(desk: Desk, at: Instant): void {
  const { notBefore, due, settings, waiting } = desk;
  waiting.urgent.clear();
  waiting.routine.clear();
  for (const id of settings.keys()) {
    notBefore.set(id, at + spreadMs(id, at, settings.size));
    due.set(id, -Infinity);
  }
}

function tick(desk: Desk, at: Instant): void {
  dueNow(desk, desk.restless);
  look(desk, at);
}

/** Looks at what is due, a part at a time; and starts what waits, where there is room again. */
function look(desk: Desk, at: Instant): void {
  const { deps, fleet, due, waiting } = desk;
  if (fleet.stop.signal.aborted) return;
  // Whoever looks first after a jump must know of it.
  deps.clockWatch.mark();
  // Each sign of life changes the status document, and there are many looks a second.
  if (Math.abs(at - deps.board.lastTickAt()) >= SIGN_OF_LIFE_MS) deps.board.ticked(at);
  desk.slots.saw(at);
  startWaiting(desk, waiting.urgent, at);
  for (const id of due.take(at, LOOKS_MAX)) lookAt(desk, id, at);
  startWaiting(desk, waiting.routine, at);
}

function startWaiting(desk: Desk, among: Set<TargetId>, at: Instant): void {
  for (const id of among) {
    if (isFull(desk.fleet)) return;
    const setting = desk.settings.get(id);
    if (setting === undefined || !hasRoom(desk.fleet, setting)) continue;
    among.delete(id);
    startAll(desk, setting, agendaFor(desk, setting, at));
  }
}

/** Jobs that are overdue speak first; then the target is asked what it wants, and when to ask again. */
function lookAt(desk: Desk, id: TargetId, at: Instant): void {
  const { notBefore, due, restless, waiting } = desk;
  const setting = desk.settings.get(id);
  if (setting === undefined) return;
  letTimeSpeak(desk, id, at);
  if (isRestless(desk, id)) restless.add(id);
  else restless.delete(id);
  const waitsUntil = notBefore.get(id) ?? 0;
  if (waitsUntil > at) return due.set(id, waitsUntil);
  const agenda = agendaFor(desk, setting, at);
  noteMoney(desk, id, agenda, at);
  // Those that were looked at together are not together again.
  const calmAt = at + CALM_LOOK_MS * (1 - fraction(`${id} ${at}`) / 2);
  const slotAt = nextSlotAt(setting.schedule, id, at) ?? Infinity;
  due.set(id, Math.min(agenda.lookAt ?? Infinity, slotAt, Math.ceil(calmAt)));
  waiting.urgent.delete(id);
  if (agenda.count === 0) waiting.routine.delete(id);
  if (agenda.count > 0 && agenda.why === 'slot') waiting.routine.add(id);
  else startAll(desk, setting, agenda);
}

/** Starts as many as there is room for; where there is none, the target waits for it. */
function startAll(desk: Desk, setting: TargetSetting, agenda: Agenda): void {
  const { fleet, restless, waiting } = desk;
  const { id } = setting.target;
  if (agenda.isUnpaid) refuse(desk, setting);
  let started = 0;
  while (started < agenda.count && hasRoom(fleet, setting))
    start(desk, setting, agenda.slot + started++, agenda.why);
  if (started > 0) restless.add(id);
  else if (agenda.count > 0) waiting[agenda.why === 'slot' ? 'routine' : 'urgent'].add(id);
}

/** Whether time alone may make news of it: see `letTimeSpeak`. */
function isRestless({ deps: { board }, fleet }: Desk, id: TargetId): boolean {
  const { incident, belief } = board.state(id);
  const isTroubled = incident !== null || (belief !== null && belief.troubleSince !== null);
  return isTroubled || flyingOf(fleet, id).length > 0 || runningOf(board.flights(), id).length > 0;
}

function agendaFor({ deps, fleet, routes, isQuiet }: Desk, setting: TargetSetting, at: Instant): Agenda {
  const { board, purse, settings } = deps;
  const { id } = setting.target;
  const present = {
    at,
    state: board.state(id),
    schedule: setting.schedule,
    flying: flyingOf(fleet, id),
    running: runningOf(board.flights(), id),
    staleMs: purse.staleMs(id, at),
    isQuiet: isQuiet(at),
    rampDueAt: rampDueAt(routes.get(id) ?? [], board.plans(), id),
    affordable: (share: number) => purse.affordable(setting, share, at),
    lookBudget: () => purse.lookBudget(setting, at),
  };
  return agendaOf(present, settings.policy.detection);
}

/** Jobs that should have ended by now, and doubts that have faded, are news too; most looks find none. */
function letTimeSpeak({ deps }: Desk, id: TargetId, at: Instant): void {
  const { board, recorder, settings, fatal } = deps;
  const state = board.state(id);
  const running = runningOf(board.flights(), id);
  const isCalm = running.length === 0 && state.incident === null && state.belief?.troubleSince === null;
  if (state.belief === null || isCalm) return;
  const looked = (): TargetEvent => ({ type: 'looked', at, running });
  if (reduce(state, looked(), settings.policy).changed)
    recorder.record(id, () => ({ event: looked() })).catch(fatal);
}

/** That the budgets pay for too little, or for enough again, is news. */
function noteMoney({ deps }: Desk, id: TargetId, { money }: Agenda, at: Instant): void {
  const { board, recorder, settings, fatal } = deps;
  const before = board.state(id).budgetLow;
  if (money === null || (before === null && money.is !== 'low')) return;
  const { provider, budgetUsd, returnsAt } = money.budget;
  const low = money.is === 'enough' ? null : { provider, budgetUsd, returnsAt };
  const event: TargetEvent = { type: 'budget.checked', at, low, isUnseen: money.isUnseen };
  if (reduce(board.state(id), event, settings.policy).changed)
    recorder.record(id, () => ({ event })).catch(fatal);
}

function onCron(desk: Desk, setting: TargetSetting, slot: Instant): void {
  const { deps, fleet } = desk;
  const { id } = setting.target;
  if (fleet.stop.signal.aborted || deps.board.state(id).health === 'retired' || desk.isQuiet(slot)) return;
  if (flyingOf(fleet, id).length === 0 && hasRoom(fleet, setting)) start(desk, setting, slot, 'slot');
  else deps.observer.runSkipped({ target: id, why: 'busy' });
}

function start(desk: Desk, setting: TargetSetting, planned: Instant, why: RunWhy): void {
  const { deps, fleet, notBefore } = desk;
  const { id } = setting.target;
  begin(fleet, setting, desk.slots.free(planned, deps.clock.now()), why)
    .then(async (outcome) => {
      if (outcome === 'started' || outcome === 'busy') return;
      notBefore.set(id, deps.clock.now() + (outcome === 'over_budget' ? NO_MONEY_MS : LATER_MS));
      if (outcome !== 'over_budget') return;
      refuse(desk, setting);
      // Somebody else has spent: a probe by hand, or another daemon.
      await deps.purse.load();
    })
    .catch((error: unknown) => deps.fatal(error));
}

function refuse({ deps, notBefore }: Desk, { target: { id } }: TargetSetting): void {
  const now = deps.clock.now();
  notBefore.set(id, now + NO_MONEY_MS);
  deps.observer.runSkipped({ target: id, why: 'over_budget' });
  deps.board.refused(id, now);
  deps.log.warn({ targetId: id }, 'canary skipped: it would cross the budget of the last 24 hours');
}
