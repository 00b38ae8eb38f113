/** Virtual time: a clock that jumps to the next sleeper, and cron on top of it. A week passes in seconds. */

import type { Instant } from '../../src/core/base.ts';
import { DAY, HOUR, invariant, MINUTE, SECOND } from '../../src/core/base.ts';
import type { Clock, Cron } from '../../src/ports/clock.ts';

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

export interface VirtualTime {
  now: () => Instant;
  owner: () => Owner;
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

  const owner = (): Owner => {
    const mine = new Set<Sleeper>();
    let isEnded = false;
    let listeners = 0;
    const addMine = (at: Instant, wake: () => void): Sleeper => {
      const sleeper = add(at, () => {
        mine.delete(sleeper);
        wake();
      });
      mine.add(sleeper);
      return sleeper;
    };
    const drop = (sleeper: Sleeper) => {
      sleeper.wake = null;
      mine.delete(sleeper);
    };
    const sleep: Clock['sleep'] = (ms, signal) =>
      new Promise((resolve) => {
        if (isEnded) return;
        if (signal.aborted) return resolve();
        const wake = () => {
          if (isEnded) return;
          drop(sleeper);
          signal.removeEventListener('abort', wake);
          listeners -= 1;
          resolve();
        };
        const sleeper = addMine(now + (ms > 0 ? Math.ceil(ms) : 0), wake);
        signal.addEventListener('abort', wake, { once: true });
        listeners += 1;
      });
    const every: Cron['every'] = (expression, run) => {
      const next = cronNext(expression);
      let sleeper: Sleeper | null = null;
      let isStopped = isEnded;
      const arm = () => {
        sleeper = addMine(next(now), () => {
          const at = now;
          arm();
          run(at);
        });
      };
      if (!isStopped) arm();
      return {
        stop: () => {
          isStopped = true;
          if (sleeper !== null) drop(sleeper);
        },
      };
    };
    return {
      clock: { now: () => now, sleep },
      cron: { every, matches: cronNames },
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

const RANGES = [
  [0, 59],
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;
const TRIES_MAX = 10_000;

/** The first instant after a given one that a six-field cron expression names, in UTC. */
export function cronNext(expression: string): (after: Instant) => Instant {
  const { isDay, hour, minute, second } = partsOf(expression);
  return (after) => {
    let at = Math.floor(after / SECOND) * SECOND + SECOND;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      if (!isDay(at)) at += DAY - (at % DAY);
      else if (!hour(at)) at += HOUR - (at % HOUR);
      else if (!minute(at)) at += MINUTE - (at % MINUTE);
      else if (!second(at)) at += SECOND;
      else return at;
    }
    throw new Error(`no instant in sight for ${expression}`);
  };
}

/** Whether a six-field cron expression names the second of an instant, in UTC. */
function cronNames(expression: string): (at: Instant) => boolean {
  const { isDay, hour, minute, second } = partsOf(expression);
  return (at) => second(at) && minute(at) && hour(at) && isDay(at);
}

/** Which instants each part of an expression names. */
function partsOf(expression: string): Record<'isDay' | 'hour' | 'minute' | 'second', Has> {
  const fields = expression.trim().split(/\s+/);
  invariant(fields.length === 6, `expected six cron fields, got ${JSON.stringify(expression)}`);
  const has = fields.map((field, n) => {
    const [low, high] = RANGES[n] ?? [0, 0];
    const named = valuesOf(field, low, high);
    return (value: number) => named.has(value);
  });
  const [second, minute, hour, day, month, weekday] = has as [Has, Has, Has, Has, Has, Has];
  return {
    isDay: oncePerDay((date) => {
      return day(date.getUTCDate()) && month(date.getUTCMonth() + 1) && weekday(date.getUTCDay());
    }),
    hour: (at) => hour(Math.floor((at % DAY) / HOUR)),
    minute: (at) => minute(Math.floor((at % HOUR) / MINUTE)),
    second: (at) => second(Math.floor((at % MINUTE) / SECOND)),
  };
}

function oncePerDay(judge: (date: Date) => boolean): (at: Instant) => boolean {
  let known = { day: -1, is: false };
  return (at) => {
    const day = Math.floor(at / DAY);
    if (day !== known.day) known = { day, is: judge(new Date(at)) };
    return known.is;
  };
}

type Has = (value: number) => boolean;

function valuesOf(field: string, low: number, high: number): Set<number> {
  const named = new Set<number>();
  for (const part of field.split(',')) {
    const [, range = '*', step = '1'] = /^([\d*-]+)(?:\/(\d+))?$/.exec(part) ?? [];
    const [from, to = from] = range === '*' ? [low, high] : range.split('-').map(Number);
    for (let value = from ?? low; value <= (to ?? high); value += Number(step)) named.add(value);
  }
  // Sunday has two numbers.
  if (high === 7 && named.has(7)) named.add(0);
  return named;
}
