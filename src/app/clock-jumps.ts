/** What is done when the clock jumped: what was noted by the other time is put right, and all that waits waits anew. */

import type { Instant } from '../core/base.ts';
import { MINUTE } from '../core/base.ts';
import { notAfter } from '../core/clock-step.ts';
import type { Log } from '../ports/log.ts';
import type { Settings } from '../ports/settings.ts';
import type { Store } from '../ports/store.ts';
import type { ClockJump } from '../ports/view.ts';
import type { Board } from './board.ts';
import type { ClockWatch } from './clock-watch.ts';
import type { Network } from './network.ts';
import type { Persist } from './persist.ts';
import type { Recorder } from './recorder.ts';
import type { Scheduler } from './scheduler.ts';

/** Of a shorter standstill nothing has to be made up for. */
const SHORT_MS = MINUTE;

export interface JumpDeps {
  settings: Settings;
  store: Store;
  board: Board;
  persist: Persist;
  recorder: Recorder;
  network: Network;
  scheduler: Scheduler;
  clockWatch: ClockWatch;
  log: Log;
  ringChannels: () => void;
  fatal: (error: unknown) => void;
}

/** Watches the clock until the signal aborts, and ends what a jump has set going. */
export async function followJumps(deps: JumpDeps, signal: AbortSignal): Promise<void> {
  const { clockWatch, log, network, scheduler } = deps;
  let pending = Promise.resolve();
  clockWatch.onJump((jump) => {
    if (signal.aborted) return;
    log.warn({ lostMs: jump.lostMs }, `${jump.text}; schedules are re-armed`);
    network.forget();
    if (isLong(jump)) scheduler.spread(jump.at);
    pending = pending.then(() => afterJump(deps, jump, signal)).catch(deps.fatal);
  });
  await clockWatch.run(signal);
  await pending;
}

/** The clock may have been set back while the daemon was away: what lies ahead then counts as of now. */
export async function afterAbsence(deps: JumpDeps, at: Instant, signal: AbortSignal): Promise<void> {
  const isAhead = [...deps.board.states().values()].some((state) => notAfter(state, at) !== state);
  if (isAhead) await rearm(deps, at, 0, signal);
}

async function afterJump(deps: JumpDeps, jump: ClockJump, signal: AbortSignal): Promise<void> {
  const { at, lostMs } = jump;
  await rearm(deps, at, lostMs, signal);
  if (signal.aborted) return;
  // Plans that are valid from an instant of the other time, or no longer, are issued again.
  if (isLong(jump)) await deps.recorder.planAll(at, Infinity);
}

async function rearm(deps: JumpDeps, at: Instant, lostMs: number, signal: AbortSignal): Promise<void> {
  const { persist, recorder, ringChannels, settings, store } = deps;
  for (const { target } of settings.targets) {
    if (signal.aborted) return;
    await recorder.record(target.id, () => ({ event: { type: 'clock.jumped', at, lostMs } }));
  }
  if (lostMs > 0) return;
  for (const { id } of settings.channels) await persist(() => store.hastenEntries(id, at));
  ringChannels();
}

function isLong({ lostMs }: ClockJump): boolean {
  return lostMs < 0 || lostMs >= SHORT_MS;
}
