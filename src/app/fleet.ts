/** The canaries in flight: claimed once, seen through to their verdict, resumed after a restart. */

import type { Instant } from '../core/base.ts';
import { SECOND } from '../core/base.ts';
import { judge, totalMsOf } from '../core/classify.ts';
import type { RunId, TargetId, TargetState } from '../core/model.ts';
import { forSiblings } from '../core/seeing.ts';
import type { Trace } from '../core/trace.ts';
import { runIdOf } from '../core/schedule.ts';
import type { Log } from '../ports/log.ts';
import type { Settings, TargetSetting } from '../ports/settings.ts';
import type { OpenRun, RunWhy, Store } from '../ports/store.ts';
import type { Observer } from '../ports/view.ts';
import type { Board } from './board.ts';
import { runCanary } from './canary.ts';
import type { CanaryDeps } from './context.ts';
import { failureFrom } from './failures.ts';
import type { Ourselves } from './ourselves.ts';
import type { Persist } from './persist.ts';
import type { Purse } from './purse.ts';
import type { Recorder } from './recorder.ts';
import { createTracer } from './tracer.ts';

/** How long a stopping daemon waits for orders that are just being placed. */
const STOP_GRACE_MS = 4 * SECOND;

export type Outcome = 'started' | 'taken' | 'over_budget' | 'busy';

/** A run in the air, from before its claim. */
export interface Aloft {
  target: TargetId;
  provider: string;
  startedAt: Instant;
}

export interface FleetDeps extends CanaryDeps {
  settings: Settings;
  store: Store;
  board: Board;
  recorder: Recorder;
  purse: Purse;
  ourselves: Ourselves;
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
  landed: (at: Instant) => void;
}

export function createFleet(deps: FleetDeps, landed: (at: Instant) => void): Fleet {
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

/** Whether one more canary of this provider may be in flight. */
export function hasRoom({ deps, aloft }: Fleet, { target }: TargetSetting): boolean {
  const limit = deps.settings.limits[target.provider]?.concurrencyMax ?? 1;
  const ofProvider = [...aloft.values()].filter(({ provider }) => provider === target.provider);
  return aloft.size < deps.settings.concurrencyMax && ofProvider.length < limit;
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
    if (run.job !== null) fly(fleet, setting, run);
    else {
      await closeLost(fleet, setting, run);
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
  deps.board.took({ runId: run.runId, target: id, why: run.why, startedAt: run.startedAt, phase: 'submit' });
  const flight = see(fleet, setting, run)
    .catch((error: unknown) => deps.fatal(error))
    .finally(() => {
      aloft.delete(run.runId);
      flying.delete(run.runId);
      deps.board.landed(run.runId);
      if (!stop.signal.aborted) fleet.landed(deps.clock.now());
    });
  flying.set(run.runId, flight);
}

async function see(fleet: Fleet, setting: TargetSetting, run: OpenRun): Promise<void> {
  const { deps, stop, cut } = fleet;
  const result = await runCanary(deps, setting, run, { stop: stop.signal, cut: cut.signal });
  if (result.is === 'ended') await close(fleet, setting, run, result.trace, result.frameJpegBase64);
}

/** A run without a job may or may not have been ordered: it is closed without a verdict, and its money stays counted. */
async function closeLost(fleet: Fleet, setting: TargetSetting, run: OpenRun): Promise<void> {
  const order = setting.provider.plan(setting.canary, setting.target.model);
  const text = 'interrupted on our side before we knew whether the provider had accepted the order';
  const tracer = createTracer(run, run.target, 'impossible' in order ? null : order.facts);
  await close(
    fleet,
    setting,
    run,
    tracer.finish(fleet.deps.clock.now(), failureFrom('submit', 'lost', text)),
    null,
  );
}

async function close(
  { deps }: Fleet,
  { target }: TargetSetting,
  run: OpenRun,
  trace: Trace,
  frameJpegBase64: string | null,
): Promise<void> {
  const { board, purse, ourselves, recorder, settings } = deps;
  const { runId } = run;
  const seen = await ourselves.saw(target.provider, judge(trace, board.state(target.id), settings.policy));
  const isOurs = seen.is === 'fail' && seen.cause === 'unreachable';
  const event = (state: TargetState) => ({
    type: 'run.judged' as const,
    at: trace.endedAt,
    runId,
    verdict: isOurs ? seen : judge(trace, state, settings.policy),
    totalMs: totalMsOf(trace),
    submittedAt: trace.startedAt,
    endedIn: trace.failure?.phase === 'submit' ? ('submit' as const) : ('later' as const),
    isBilled: trace.cost.from === 'provider' && trace.cost.usd > 0,
  });
  const told = forSiblings(event(board.state(target.id)), board.state(target.id).belief);
  await recorder.record(target.id, (state) => {
    const judged = event(state);
    return { event: judged, closesRun: { runId, trace, verdict: judged.verdict, frameJpegBase64 } };
  });
  // The job of an interrupted run may be running, and be charged for: what was set aside for it stays spent.
  if (trace.failure?.kind !== 'lost') purse.closed(runId, trace.cost.usd);
  if (told === null) return;
  const siblings = settings.targets.filter((one) => one.target.provider === target.provider);
  for (const sibling of siblings) {
    if (sibling.target.id !== target.id) await recorder.record(sibling.target.id, () => ({ event: told }));
  }
}
