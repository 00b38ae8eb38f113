/** The canaries in flight: claimed once, seen through to their verdict, resumed after a restart. */

import type { Instant } from '../core/base.ts';
import { SECOND } from '../core/base.ts';
import { judge, totalMsOf } from '../core/classify.ts';
import type { RunId, TargetId } from '../core/model.ts';
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
import type { Persist } from './persist.ts';
import type { Recorder } from './recorder.ts';
import { createTracer } from './tracer.ts';

/** How long a stopping daemon waits for orders that are just being placed. */
const STOP_GRACE_MS = 4 * SECOND;

export type Outcome = 'started' | 'taken' | 'over_budget' | 'busy';

export interface FleetDeps extends CanaryDeps {
  settings: Settings;
  store: Store;
  board: Board;
  recorder: Recorder;
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
  /** One run at a time for each target, from before its claim. */
  busy: Map<TargetId, RunId>;
  landed: (at: Instant) => void;
}

export function createFleet(deps: FleetDeps, landed: (at: Instant) => void): Fleet {
  return {
    deps,
    stop: new AbortController(),
    cut: new AbortController(),
    flying: new Map(),
    claims: new Set(),
    busy: new Map(),
    landed,
  };
}

/** Whether one more canary of this provider may be in flight. */
export function hasRoom({ deps, busy }: Fleet, setting: TargetSetting): boolean {
  const { provider } = setting.target;
  const limit = deps.settings.limits[provider]?.concurrencyMax ?? 1;
  const ofProvider = deps.settings.targets.filter(
    ({ target }) => target.provider === provider && busy.has(target.id),
  );
  return busy.size < deps.settings.concurrencyMax && ofProvider.length < limit;
}

/** Claims a slot and starts it. The claim makes it ours, and paid for, for ever: no slot is ordered twice. */
export async function begin(
  fleet: Fleet,
  setting: TargetSetting,
  slot: Instant,
  why: RunWhy,
): Promise<Outcome> {
  const { deps, busy, claims } = fleet;
  const { id } = setting.target;
  if (busy.has(id)) return 'busy';
  const run: OpenRun = {
    runId: runIdOf(id, slot),
    target: id,
    why,
    startedAt: deps.clock.now(),
    job: null,
    jobId: null,
    acceptedAt: null,
  };
  busy.set(id, run.runId);
  const claiming = claim(deps, setting, run).then((outcome) => {
    if (outcome !== 'claimed') return outcome;
    deps.observer.runStarted({ target: id, why });
    fly(fleet, setting, run);
    return 'started';
  });
  claims.add(claiming);
  try {
    const outcome = await claiming;
    if (outcome !== 'started') busy.delete(id);
    return outcome;
  } catch (error) {
    busy.delete(id);
    throw error;
  } finally {
    claims.delete(claiming);
  }
}

async function claim(
  { store, persist, settings }: FleetDeps,
  setting: TargetSetting,
  run: OpenRun,
): ReturnType<Store['claimRun']> {
  const { provider, model } = setting.target;
  const order = setting.provider.plan(setting.canary, model);
  const reservedUsd = 'impossible' in order ? 0 : order.facts.costUsd;
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
  const { deps, busy } = fleet;
  const open = await deps.persist(() => deps.store.openRuns());
  // All of them at once, so that none of these targets gets a second run meanwhile.
  for (const run of open) busy.set(run.target, run.runId);
  for (const run of open) {
    const setting = deps.settings.targets.find(({ target }) => target.id === run.target);
    if (setting === undefined) {
      deps.log.warn(
        { runId: run.runId },
        'an open run of a target that is no longer configured is left alone',
      );
    } else if (run.job !== null) {
      fly(fleet, setting, run);
      continue;
    } else {
      await closeLost(fleet, setting, run);
    }
    busy.delete(run.target);
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
  const { deps, busy, flying, stop } = fleet;
  const { id } = setting.target;
  busy.set(id, run.runId);
  deps.board.took({ runId: run.runId, target: id, why: run.why, startedAt: run.startedAt, phase: 'submit' });
  const flight = see(fleet, setting, run)
    .catch((error: unknown) => deps.fatal(error))
    .finally(() => {
      busy.delete(id);
      flying.delete(run.runId);
      deps.board.landed(run.runId);
      if (!stop.signal.aborted) fleet.landed(deps.clock.now());
    });
  flying.set(run.runId, flight);
}

async function see(fleet: Fleet, setting: TargetSetting, run: OpenRun): Promise<void> {
  const { deps, stop, cut } = fleet;
  const result = await runCanary(deps, setting, run, { stop: stop.signal, cut: cut.signal });
  if (result.is === 'ended') await close(fleet, run, result.trace, result.frameJpegBase64);
}

/** A run without a job may or may not have been ordered: it is closed without a verdict, and its money stays counted. */
async function closeLost(fleet: Fleet, setting: TargetSetting, run: OpenRun): Promise<void> {
  const order = setting.provider.plan(setting.canary, setting.target.model);
  const text = 'interrupted on our side before we knew whether the provider had accepted the order';
  const tracer = createTracer(run, run.target, 'impossible' in order ? null : order.facts);
  await close(fleet, run, tracer.finish(fleet.deps.clock.now(), failureFrom('submit', 'lost', text)), null);
}

async function close(
  { deps }: Fleet,
  run: OpenRun,
  trace: Trace,
  frameJpegBase64: string | null,
): Promise<void> {
  await deps.recorder.record(run.target, (state) => {
    const verdict = judge(trace, state, deps.settings.policy);
    return {
      event: {
        type: 'run.judged',
        at: trace.endedAt,
        runId: run.runId,
        verdict,
        totalMs: totalMsOf(trace),
        submittedAt: trace.startedAt,
        endedIn: trace.failure?.phase === 'submit' ? 'submit' : 'later',
        isBilled: trace.cost.from === 'provider' && trace.cost.usd > 0,
      },
      closesRun: { runId: run.runId, trace, verdict, frameJpegBase64 },
    };
  });
}
