/** Looks at what is due and starts it, where there is room and money; and lets time speak where jobs are overdue. */

import type { Instant } from '../core/base.ts';
import { MINUTE } from '../core/base.ts';
import type { RunId, TargetEvent, TargetId } from '../core/model.ts';
import { runningOf } from '../core/observation.ts';
import { reduce } from '../core/reduce.ts';
import type { Agenda } from '../core/schedule.ts';
import { agendaOf, runIdOf } from '../core/schedule.ts';
import { rampDueAt } from '../core/ramp.ts';
import type { Cron } from '../ports/clock.ts';
import type { TargetSetting } from '../ports/settings.ts';
import type { RunWhy } from '../ports/store.ts';
import { begin, createFleet, flyingOf, hasRoom, land, resumeAll } from './fleet.ts';
import type { Fleet, FleetDeps, Outcome } from './fleet.ts';

/** A slot that is somebody else's: look again this much later. */
const LATER_MS = MINUTE;
/** Money comes back only as the orders of a day ago grow older: asking each minute would find nothing new. */
const NO_MONEY_MS = 5 * MINUTE;

export interface Scheduler {
  start: () => Promise<void>;
  /** Starts whatever is due now. */
  tick: (at: Instant) => void;
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
  isQuiet: (at: Instant) => boolean;
  notBefore: Map<TargetId, Instant>;
  nextLookAt: Instant | null;
}

export function createScheduler(deps: FleetDeps & { cron: Cron }): Scheduler {
  const { settings, clock, cron } = deps;
  const desk: Desk = {
    deps,
    fleet: createFleet(deps, (at) => look(desk, at)),
    isQuiet: settings.quietCron === null ? () => false : cron.matches(settings.quietCron),
    notBefore: new Map(),
    nextLookAt: null,
  };
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
      crons.push(cron.every(settings.tickCron, () => look(desk, clock.now())));
      look(desk, clock.now());
    },
    tick: (at) => look(desk, at),
    nextLookAt: () => desk.nextLookAt,
    probe: async (target) => {
      const setting = settings.targets.find((candidate) => candidate.target.id === target);
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

function look(desk: Desk, at: Instant): void {
  const { deps, fleet, notBefore } = desk;
  if (fleet.stop.signal.aborted) return;
  deps.board.ticked(at);
  let next = Infinity;
  for (const setting of deps.settings.targets) {
    const { id } = setting.target;
    letTimeSpeak(desk, id, at);
    const waitsUntil = notBefore.get(id) ?? 0;
    if (waitsUntil > at) {
      next = Math.min(next, waitsUntil);
      continue;
    }
    const agenda = agendaFor(desk, setting, at);
    next = Math.min(next, agenda.lookAt ?? Infinity);
    if (agenda.isUnpaid) refuse(desk, setting);
    for (let k = 0; k < agenda.count && hasRoom(fleet, setting); k++)
      start(desk, setting, agenda.slot + k, agenda.why);
  }
  desk.nextLookAt = next === Infinity ? null : next;
}

function agendaFor({ deps, fleet, isQuiet }: Desk, setting: TargetSetting, at: Instant): Agenda {
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
    rampDueAt: rampDueAt(settings.routes, board.plans(), id),
    affordable: (share: number) => purse.affordable(setting, share, at),
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

function onCron(desk: Desk, setting: TargetSetting, slot: Instant): void {
  const { deps, fleet } = desk;
  const { id } = setting.target;
  if (fleet.stop.signal.aborted || deps.board.state(id).health === 'retired' || desk.isQuiet(slot)) return;
  if (flyingOf(fleet, id).length === 0 && hasRoom(fleet, setting)) start(desk, setting, slot, 'slot');
  else deps.observer.runSkipped({ target: id, why: 'busy' });
}

function start(desk: Desk, setting: TargetSetting, slot: Instant, why: RunWhy): void {
  const { deps, fleet, notBefore } = desk;
  const { id } = setting.target;
  begin(fleet, setting, slot, why)
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
