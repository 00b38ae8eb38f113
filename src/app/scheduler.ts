/** Looks at what is due and starts it, where there is room and money. */

import type { Instant } from '../core/base.ts';
import { MINUTE } from '../core/base.ts';
import type { RunId, TargetId } from '../core/model.ts';
import { dueOf, runIdOf } from '../core/schedule.ts';
import type { Cron } from '../ports/clock.ts';
import type { TargetSetting } from '../ports/settings.ts';
import type { RunWhy } from '../ports/store.ts';
import { begin, createFleet, hasRoom, land, resumeAll } from './fleet.ts';
import type { Fleet, FleetDeps, Outcome } from './fleet.ts';

/** A slot that is somebody else's: look again this much later. */
const LATER_MS = MINUTE;
/** Money comes back only as the orders of a day ago grow older: asking each minute would find nothing new. */
const NO_MONEY_MS = 5 * MINUTE;

export interface Scheduler {
  start: () => Promise<void>;
  /** Starts whatever is due now. */
  tick: (at: Instant) => void;
  /** Orders one canary now, outside every schedule but inside the budget. */
  probe: (target: TargetId) => Promise<{ outcome: Outcome; runId: RunId }>;
  /** No new runs; resolves when none is in flight any more. Not to be called while `start` is under way. */
  stop: () => Promise<void>;
}

interface Desk {
  fleet: Fleet;
  deps: FleetDeps;
  notBefore: Map<TargetId, Instant>;
}

export function createScheduler(deps: FleetDeps & { cron: Cron }): Scheduler {
  const desk: Desk = { deps, fleet: createFleet(deps, (at) => look(desk, at)), notBefore: new Map() };
  const crons: { stop: () => void }[] = [];
  const { settings, clock } = deps;
  return {
    start: async () => {
      await resumeAll(desk.fleet);
      if (desk.fleet.stop.signal.aborted) return;
      for (const setting of settings.targets) {
        if (!('cron' in setting.schedule)) continue;
        crons.push(deps.cron.every(setting.schedule.cron, (slot) => onCron(desk, setting, slot)));
      }
      crons.push(deps.cron.every(settings.tickCron, () => look(desk, clock.now())));
      look(desk, clock.now());
    },
    tick: (at) => look(desk, at),
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
  for (const setting of deps.settings.targets) {
    const { id } = setting.target;
    if (fleet.busy.has(id) || (notBefore.get(id) ?? 0) > at) continue;
    const everyMs = 'everyMs' in setting.schedule ? setting.schedule.everyMs : null;
    const due = dueOf(deps.board.state(id), everyMs, at);
    if (due !== null && hasRoom(fleet, setting)) start(desk, setting, due.slot, due.why);
  }
}

function onCron(desk: Desk, setting: TargetSetting, slot: Instant): void {
  const { deps, fleet } = desk;
  const { id } = setting.target;
  if (fleet.stop.signal.aborted || deps.board.state(id).health === 'retired') return;
  if (hasRoom(fleet, setting)) start(desk, setting, slot, 'slot');
  else deps.observer.runSkipped({ target: id, why: 'busy' });
}

function start({ deps, fleet, notBefore }: Desk, setting: TargetSetting, slot: Instant, why: RunWhy): void {
  const { id } = setting.target;
  begin(fleet, setting, slot, why)
    .then((outcome) => {
      if (outcome === 'started' || outcome === 'busy') return;
      notBefore.set(id, deps.clock.now() + (outcome === 'over_budget' ? NO_MONEY_MS : LATER_MS));
      if (outcome !== 'over_budget') return;
      deps.observer.runSkipped({ target: id, why: 'over_budget' });
      deps.board.refused(id, deps.clock.now());
      deps.log.warn({ targetId: id }, 'canary skipped: it would cross the budget of the last 24 hours');
    })
    .catch((error: unknown) => deps.fatal(error));
}
