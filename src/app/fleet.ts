/** The canaries in flight: claimed once, seen through to their verdict, resumed after a restart. */

import type { Instant } from '../core/base.ts';
import { SECOND } from '../core/base.ts';
import type { RunId, TargetId } from '../core/model.ts';
import { runIdOf } from '../core/schedule.ts';
import type { Log } from '../ports/log.ts';
import type { TargetSetting } from '../ports/settings.ts';
import type { OpenRun, RunWhy, Store } from '../ports/store.ts';
import type { Observer } from '../ports/view.ts';
import { runCanary } from './canary.ts';
import type { ClosingDeps } from './closing.ts';
import { closeRun, lostTrace } from './closing.ts';
import type { CanaryDeps } from './context.ts';
import type { Persist } from './persist.ts';

/** A job that was taken up more often than this may be what ends the process. */
const RESUMES_MAX = 5;
/** How long a stopping daemon waits for orders that are just being placed. */
const STOP_GRACE_MS = 4 * SECOND;

export type Outcome = 'started' | 'taken' | 'over_budget' | 'busy';

/** A run in the air, from before its claim. */
export interface Aloft {
  target: TargetId;
  provider: string;
  startedAt: Instant;
}

export interface FleetDeps extends CanaryDeps, ClosingDeps {
  store: Store;
  persist: Persist;
  log: Log;
  observer: Observer;
  /** For what must never happen: the process is to end, and to start again. */
  fatal: (error: unknown) => void;
}

export interface Fleet {
  deps: FleetDeps;
  stop: AbortController;
  cut: AbortController;
  flying: Map<RunId, Promise<void>>;
  /** Claims that are being written; each may become a flight. */
  claims: Set<Promise<unknown>>;
  aloft: Map<RunId, Aloft>;
  landed: (at: Instant, target: TargetId) => void;
}

export function createFleet(deps: FleetDeps, landed: Fleet['landed']): Fleet {
  return {
    deps,
    stop: new AbortController(),
    cut: new AbortController(),
    flying: new Map(),
    claims: new Set(),
    aloft: new Map(),
    landed,
  };
}

/** Whether no more canary of any provider may be in flight. */
export function isFull({ deps, aloft }: Fleet): boolean {
  return aloft.size >= deps.settings.concurrencyMax;
}

/** Whether one more canary of this provider may be in flight. */
export function hasRoom(fleet: Fleet, { target }: TargetSetting): boolean {
  const { deps, aloft } = fleet;
  if (isFull(fleet)) return false;
  const limit = deps.settings.limits[target.provider]?.concurrencyMax ?? 1;
  const ofProvider = [...aloft.values()].filter(({ provider }) => provider === target.provider);
  return ofProvider.length < limit;
}

/** When the canaries of a target that are in flight were started. */
export function flyingOf({ aloft }: Fleet, id: TargetId): Instant[] {
  return [...aloft.values()].filter(({ target }) => target === id).map(({ startedAt }) => startedAt);
}

/** Claims a slot and starts it. The claim makes it ours, and paid for, for ever: no slot is ordered twice. */
export async function begin(
  fleet: Fleet,
  setting: TargetSetting,
  slot: Instant,
  why: RunWhy,
): Promise<Outcome> {
  const { deps, aloft, claims } = fleet;
  const { id, provider } = setting.target;
  const run: OpenRun = {
    runId: runIdOf(id, slot),
    target: id,
    why,
    startedAt: deps.clock.now(),
    job: null,
    jobId: null,
    acceptedAt: null,
    resumes: 0,
  };
  if (aloft.has(run.runId)) return 'busy';
  const { runId, startedAt } = run;
  aloft.set(runId, { target: id, provider, startedAt });
  deps.purse.claimed({ runId, provider, at: startedAt, usd: setting.priceUsd });
  const claiming = claim(deps, setting, run).then((outcome) => {
    if (outcome !== 'claimed') return outcome;
    deps.observer.runStarted({ target: id, why });
    fly(fleet, setting, run);
    return 'started';
  });
  claims.add(claiming);
  let outcome: Outcome | null = null;
  try {
    outcome = await claiming;
    return outcome;
  } finally {
    if (outcome !== 'started') {
      aloft.delete(runId);
      deps.purse.closed(runId, 0);
    }
    claims.delete(claiming);
  }
}

async function claim(
  { store, persist, settings }: FleetDeps,
  setting: TargetSetting,
  run: OpenRun,
): ReturnType<Store['claimRun']> {
  const { provider } = setting.target;
  const reservedUsd = setting.priceUsd;
  const limits = {
    providerUsd: settings.limits[provider]?.budgetUsd ?? 0,
    totalUsd: settings.totalBudgetUsd,
  };
  const { runId, target, why, startedAt: at } = run;
  let tries = 0;
  const outcome = await persist(() => {
    tries += 1;
    return store.claimRun({ runId, target, provider, why, reservedUsd, at, limits });
  });
  if (outcome !== 'taken' || tries === 1) return outcome;
  // The first try may have been written and only its answer lost: then it is ours, and nobody else will fly it.
  const open = await persist(() => store.openRuns());
  const isOurs = open.some((other) => other.runId === runId && other.startedAt === at && other.job === null);
  return isOurs ? 'claimed' : 'taken';
}

/** Takes up what an earlier life of this daemon left open. */
export async function resumeAll(fleet: Fleet): Promise<void> {
  const { deps, aloft } = fleet;
  const open = await deps.persist(() => deps.store.openRuns());
  const known = open.flatMap((run) => {
    const setting = deps.settings.targets.find(({ target }) => target.id === run.target);
    if (setting === undefined) {
      const text = 'an open run of a target that is no longer configured is left alone';
      deps.log.warn({ runId: run.runId }, text);
    }
    return setting === undefined ? [] : [{ run, setting }];
  });
  // All of them at once, so that none of these targets gets more than its due meanwhile.
  for (const { run, setting } of known) {
    const { provider } = setting.target;
    aloft.set(run.runId, { target: run.target, provider, startedAt: run.startedAt });
  }
  for (const { run, setting } of known) {
    if (run.job !== null && run.resumes < RESUMES_MAX) {
      await deps.persist(() => deps.store.countResume(run.runId));
      fly(fleet, setting, run);
    } else {
      await closeRun(deps, setting, lostTrace(setting, run, deps.clock.now()), null);
      aloft.delete(run.runId);
    }
  }
}

/** Ends the flights: what only waits returns at once, an order that is being placed gets the time to be saved. */
export async function land({ deps, stop, cut, claims, flying }: Fleet): Promise<void> {
  stop.abort();
  const grace = deps.clock.sleep(STOP_GRACE_MS, cut.signal).then(() => cut.abort());
  await Promise.allSettled(claims);
  await Promise.all(flying.values());
  cut.abort();
  await grace;
}

function fly(fleet: Fleet, setting: TargetSetting, run: OpenRun): void {
  const { deps, aloft, flying, stop } = fleet;
  const { id } = setting.target;
  const { runId, why, startedAt } = run;
  // Of a job that was ordered in an earlier life, nobody knows how long it took while we were away.
  const lostMs = run.job === null ? 0 : deps.clock.now() - startedAt;
  deps.board.took({ runId, target: id, why, startedAt, phase: 'submit', lostMs });
  const flight = see(fleet, setting, run)
    .catch((error: unknown) => deps.fatal(error))
    .finally(() => {
      aloft.delete(run.runId);
      flying.delete(run.runId);
      deps.board.landed(run.runId);
      if (!stop.signal.aborted) fleet.landed(deps.clock.now(), id);
    });
  flying.set(run.runId, flight);
}

async function see(fleet: Fleet, setting: TargetSetting, run: OpenRun): Promise<void> {
  const { deps, stop, cut } = fleet;
  const result = await runCanary(deps, setting, run, { stop: stop.signal, cut: cut.signal });
  if (result.is === 'ended') await closeRun(deps, setting, result.trace, result.frameJpegBase64);
}
