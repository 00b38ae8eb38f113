/** Virtual time: a clock that jumps to the next sleeper, and cron on top of it. A week passes in seconds. */

import type { Instant } from '../../src/core/base.ts';
import type { Clock, Cron } from '../../src/ports/clock.ts';
import { cronMatches, cronNext, repeat } from '../../src/system/cron.ts';

/** Somebody whose sleepers can be dropped all at once: one life of the daemon, or the world itself. */
export interface Owner {
  clock: Clock;
  cron: Cron;
  /** Drops every sleeper; none of them ever wakes. */
  end: () => void;
  /** Sleepers and cron tasks that are still waiting. */
  waiting: () => number;
  /** Abort listeners that `sleep` has not taken back. */
  listening: () => number;
}

/** A host whose clock may be set, and whose processes may stand still, while the world goes on. */
export interface Machine {
  /** Sets its clock forward, or back. */
  step: (ms: number) => void;
  /** Its processes stand still for so long, and its monotonic time goes on: SIGSTOP. */
  pause: (ms: number) => void;
  /** It sleeps for so long: its monotonic time stands still, too. */
  suspend: (ms: number) => void;
  offsetMs: () => number;
  monotonicMs: () => number;
  /** For how long its processes have stood still, and for how long it has slept, until now. */
  stoodMs: () => number;
  sleptMs: () => number;
  /** When its processes go on; now where they run. */
  runsAt: () => Instant;
}

export interface VirtualTime {
  now: () => Instant;
  /** @param machine whose clock and processes it depends on; none that ever fails if absent */
  owner: (machine?: Machine) => Owner;
  machine: () => Machine;
  /** Calls `run` at an instant; not before the next turn. */
  at: (at: Instant, run: () => void) => void;
  /** Runs all that is ready, then jumps from sleeper to sleeper until none is due before `until`. */
  advanceTo: (until: Instant) => Promise<void>;
}

interface Sleeper {
  at: Instant;
  order: number;
  wake: (() => void) | null;
}

export interface VirtualOptions {
  /** Waits until everything that can run has run. */
  settle?: () => Promise<void>;
}

export function createVirtualTime(start: Instant, options: VirtualOptions = {}): VirtualTime {
  const settle = options.settle ?? turn;
  const heap = createHeap();
  let now = start;
  let order = 0;

  const add = (at: Instant, wake: () => void): Sleeper => {
    const sleeper: Sleeper = { at: Math.max(at, now), order: order++, wake };
    heap.push(sleeper);
    return sleeper;
  };

  const machine = (): Machine => {
    let offsetMs = 0;
    let runsAt = start;
    const spans = { stood: createSpans(), slept: createSpans() };
    const stand = (ms: number) => {
      runsAt = Math.max(runsAt, now + ms);
    };
    return {
      step: (ms) => {
        offsetMs += ms;
      },
      pause: (ms) => {
        stand(ms);
        spans.stood.add(now, now + ms);
      },
      suspend: (ms) => {
        stand(ms);
        spans.slept.add(now, now + ms);
      },
      offsetMs: () => offsetMs,
      monotonicMs: () => now - start - spans.slept.until(now),
      stoodMs: () => spans.stood.until(now),
      sleptMs: () => spans.slept.until(now),
      runsAt: () => Math.max(runsAt, now),
    };
  };

  const owner = (host = machine()): Owner => {
    const mine = new Set<Sleeper>();
    let isEnded = false;
    let listeners = 0;
    const sleep: Clock['sleep'] = (ms, signal) =>
      new Promise((resolve) => {
        if (isEnded) return;
        if (signal.aborted) return resolve();
        const dueMs = host.monotonicMs() + (ms > 0 ? Math.ceil(ms) : 0);
        let sleeper: Sleeper;
        const arm = (at: Instant) => {
          sleeper = add(at, due);
          mine.add(sleeper);
        };
        const due = () => {
          mine.delete(sleeper);
          if (host.runsAt() > now) arm(host.runsAt());
          else if (host.monotonicMs() < dueMs) arm(now + dueMs - host.monotonicMs());
          else wake();
        };
        const wake = () => {
          if (isEnded) return;
          sleeper.wake = null;
          mine.delete(sleeper);
          signal.removeEventListener('abort', wake);
          listeners -= 1;
          resolve();
        };
        arm(now + dueMs - host.monotonicMs());
        signal.addEventListener('abort', wake, { once: true });
        listeners += 1;
      });
    const clock: Clock = { now: () => now + host.offsetMs(), monotonicMs: host.monotonicMs, sleep };
    const every: Cron['every'] = (expression, run) => repeat(clock, cronNext(expression), run);
    return {
      clock,
      cron: { every, matches: cronMatches },
      end: () => {
        isEnded = true;
        for (const sleeper of mine) sleeper.wake = null;
        mine.clear();
      },
      waiting: () => mine.size,
      listening: () => listeners,
    };
  };

  return {
    now: () => now,
    owner,
    machine,
    at: (at, run) => void add(at, run),
    advanceTo: async (until) => {
      for (;;) {
        await settle();
        const next = heap.popBefore(until);
        if (next === null) break;
        now = next.at;
        next.wake?.();
      }
      now = Math.max(now, until);
    },
  };
}

function createSpans(): { add: (from: Instant, to: Instant) => void; until: (at: Instant) => number } {
  const spans: [from: Instant, to: Instant][] = [];
  return {
    add: (from, to) => void spans.push([from, to]),
    until: (at) => spans.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(at, to) - from), 0),
  };
}

/** Real timers get their turn once in so many. */
const TURNS_PER_BREATH = 500;
let turns = 0;

/** Resolves when every microtask has run, those included that the others queued: ticks come after them all. */
function turn(): Promise<void> {
  turns += 1;
  return new Promise((resolve) => {
    if (turns % TURNS_PER_BREATH === 0) setImmediate(resolve);
    else process.nextTick(resolve);
  });
}

interface Heap {
  push: (sleeper: Sleeper) => void;
  /** The earliest sleeper that is due by then and still wants to be woken. */
  popBefore: (until: Instant) => Sleeper | null;
}

function createHeap(): Heap {
  const items: Sleeper[] = [];
  const isBefore = (a: Sleeper, b: Sleeper) => a.at < b.at || (a.at === b.at && a.order < b.order);
  const at = (n: number): Sleeper => items[n] as Sleeper;
  const swap = (a: number, b: number) => {
    const held = at(a);
    items[a] = at(b);
    items[b] = held;
  };
  const sink = () => {
    for (let n = 0; ;) {
      const left = 2 * n + 1;
      let least = n;
      if (left < items.length && isBefore(at(left), at(least))) least = left;
      if (left + 1 < items.length && isBefore(at(left + 1), at(least))) least = left + 1;
      if (least === n) return;
      swap(n, least);
      n = least;
    }
  };
  const pop = () => {
    const last = items.pop();
    if (last === undefined || items.length === 0) return;
    items[0] = last;
    sink();
  };
  return {
    push: (sleeper) => {
      items.push(sleeper);
      for (let n = items.length - 1; n > 0;) {
        const parent = (n - 1) >> 1;
        if (!isBefore(at(n), at(parent))) return;
        swap(n, parent);
        n = parent;
      }
    },
    popBefore: (until) => {
      for (;;) {
        const first = items[0];
        if (first === undefined) return null;
        if (first.wake !== null && first.at > until) return null;
        pop();
        if (first.wake !== null) return first;
      }
    },
  };
}
