/** Notices time that this process did not live through: the clock was set, the host slept, or the process stood still. */

import { SECOND } from '../core/base.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClockJump } from '../ports/view.ts';

/** A look is due this often. */
const LOOK_EVERY_MS = 2 * SECOND;
/** A look that comes later than this found no one to make it; a wall clock that goes this far astray was set. */
const LATE_MS = 2 * SECOND;

/** Where the counts of lost time stood at a moment; see `since`. */
export interface TimeMark {
  jumps: number;
  lostMs: number;
}

export interface ClockWatch {
  mark: () => TimeMark;
  /**
   * What was lost since a mark. `lostMs` is the part of the wall clock's course that was not lived through: less than
   * zero where the clock was set back. It counts waiting for the store, too; `isBroken` does not.
   */
  since: (mark: TimeMark) => { lostMs: number; isBroken: boolean };
  /** While it waits, nothing that is late is late by others' fault. */
  stalled: (isWaiting: boolean) => void;
  /** Called at once with each jump that is found, whoever's look finds it. */
  onJump: (listener: (jump: ClockJump) => void) => void;
  monotonicMs: () => number;
  /** Looks until the signal aborts; only while it does, a look can be late. */
  run: (signal: AbortSignal) => Promise<void>;
}

export function createClockWatch(clock: Clock): ClockWatch {
  const listeners = new Set<(jump: ClockJump) => void>();
  const readings = () => ({ wall: clock.now(), monotonicMs: clock.monotonicMs() });
  let last = readings();
  let jumps = 0;
  let lostMs = 0;
  let waiting = 0;
  let waitsSinceMs = 0;
  let isRunning = false;

  const look = (): void => {
    const now = readings();
    const passedMs = now.monotonicMs - last.monotonicMs;
    const aheadMs = now.wall - last.wall - passedMs;
    const lateMs = passedMs - LOOK_EVERY_MS;
    last = now;
    const stoodMs = isRunning && lateMs > LATE_MS ? lateMs : 0;
    const setMs = Math.abs(aheadMs) > LATE_MS ? aheadMs : 0;
    if (stoodMs === 0 && setMs === 0) return;
    jumps += 1;
    lostMs += Math.round(stoodMs + setMs);
    // What was waited for the store meanwhile must not count twice.
    if (waiting > 0) waitsSinceMs += stoodMs;
    const jump = { at: now.wall, lostMs: Math.round(stoodMs + setMs), text: textOf(stoodMs, setMs) };
    for (const listener of listeners) listener(jump);
  };
  const waitedMs = () => (waiting > 0 ? Math.max(0, Math.round(clock.monotonicMs() - waitsSinceMs)) : 0);
  const mark = (): TimeMark => {
    look();
    return { jumps, lostMs: lostMs + waitedMs() };
  };
  return {
    mark,
    since: (from) => {
      const now = mark();
      return { lostMs: now.lostMs - from.lostMs, isBroken: now.jumps > from.jumps };
    },
    stalled: (isWaiting) => {
      look();
      if (isWaiting && waiting === 0) waitsSinceMs = clock.monotonicMs();
      if (!isWaiting && waiting === 1) lostMs += waitedMs();
      waiting += isWaiting ? 1 : -1;
    },
    monotonicMs: clock.monotonicMs,
    onJump: (listener) => void listeners.add(listener),
    run: async (signal) => {
      look();
      isRunning = true;
      while (!signal.aborted) {
        await clock.sleep(LOOK_EVERY_MS, signal);
        look();
      }
      isRunning = false;
    },
  };
}

function textOf(stoodMs: number, setMs: number): string {
  const stood = stoodMs > 0 ? [`the process stood still for ${seconds(stoodMs)}`] : [];
  const back = setMs < 0 ? [`the clock was set back by ${seconds(-setMs)}`] : [];
  const ahead = setMs > 0 ? [`the clock went ahead by ${seconds(setMs)}: it was set, or the host slept`] : [];
  return [...stood, ...back, ...ahead].join('; ');
}

function seconds(ms: number): string {
  return `${Math.round(ms / SECOND)} s`;
}
