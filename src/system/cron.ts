/** Recurring work in UTC, by six-field expressions that node-cron reads; when it is due is found out here. */

import { createTask, parse, validate } from 'node-cron';
import type { Instant } from '../core/base.ts';
import { DAY, HOUR, invariant, MINUTE, SECOND } from '../core/base.ts';
import type { Clock, Cron } from '../ports/clock.ts';

/** node-cron would write to the console; whatever matters reaches the log through the work itself. */
const SILENT = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };
const OPTIONS = { timezone: 'Etc/UTC', noOverlap: true, suppressMissedWarning: true, logger: SILENT };
const EXPRESSION_CHARS_MAX = 200;
/** The clock may be set and the host may sleep: it is looked at this often, however far the next instant is. */
const LOOK_MS_MAX = MINUTE;
/** Of what was missed for longer, the first instant stands for all of it. */
const MISSED_MS_MAX = DAY;
/** The 29th of February comes at least every eight years. */
const DAYS_MAX = 8 * 366;

/** Whether a text is a cron expression of six fields: second, minute, hour, day of month, month, day of week. */
export function isCronExpression(text: string): boolean {
  if (text.length > EXPRESSION_CHARS_MAX) return false;
  return text.trim().split(/\s+/).length === 6 && validate(text);
}

/** The machine's cron. `every` calls back with the instant that was due; an expression that is none is our mistake. */
export function createCron(clock: Clock): Cron {
  return {
    every: (expression, run) => repeat(clock, cronNext(expression), run),
    matches: cronMatches,
  };
}

/**
 * Calls `run` at each instant that `next` names. Instants that passed while the host slept, or while the process stood
 * still, are one call with the newest of them; a clock that is set back is followed.
 */
export function repeat(
  clock: Clock,
  next: (after: Instant) => Instant,
  run: (at: Instant) => void,
): { stop: () => void } {
  const stopped = new AbortController();
  void loop(clock, next, run, stopped.signal).catch((error: unknown) => {
    // A broken invariant must end the process.
    queueMicrotask(() => {
      throw error;
    });
  });
  return { stop: () => stopped.abort() };
}

async function loop(
  clock: Clock,
  next: (after: Instant) => Instant,
  run: (at: Instant) => void,
  stop: AbortSignal,
): Promise<void> {
  let seenAt = clock.now();
  let dueAt = next(seenAt);
  while (!stop.aborted) {
    await clock.sleep(Math.min(dueAt - clock.now(), LOOK_MS_MAX), stop);
    if (stop.aborted) return;
    const now = clock.now();
    // Whoever waits for an instant of the old time would wait for as long as the clock was set back by.
    if (now < seenAt) dueAt = next(now);
    seenAt = now;
    if (now < dueAt) continue;
    const at = newest(next, dueAt, now);
    dueAt = next(now);
    run(at);
  }
}

function newest(next: (after: Instant) => Instant, first: Instant, now: Instant): Instant {
  let at = first;
  let later = next(Math.max(first, now - MISSED_MS_MAX));
  while (later <= now) {
    at = later;
    later = next(later);
  }
  return at;
}

/** Says which instants an expression names; only the second counts, in UTC. */
export function cronMatches(expression: string): (at: Instant) => boolean {
  requireExpression(expression);
  const task = createTask(expression, () => {}, OPTIONS);
  // Not started and no longer listed, it goes on matching.
  void task.destroy();
  return (at) => task.match(new Date(at));
}

/** The first instant after a given one that an expression names, in UTC. */
export function cronNext(expression: string): (after: Instant) => Instant {
  const isNamed = cronMatches(expression);
  const fields = parse(expression);
  const [second, minute, hour] = [fields.second, fields.minute, fields.hour].map((values) =>
    values.toSorted((a, b) => a - b),
  ) as [number[], number[], number[]];
  const first = (hour[0] ?? 0) * HOUR + (minute[0] ?? 0) * MINUTE + (second[0] ?? 0) * SECOND;
  let known = { day: NaN, isNamed: false };
  const isDay = (day: Instant) => {
    if (day !== known.day) known = { day, isNamed: isNamed(day + first) };
    return known.isNamed;
  };
  return (after) => {
    const today = Math.floor(after / DAY) * DAY;
    const later = isDay(today) ? laterThan(after - today, hour, minute, second) : null;
    if (later !== null) return today + later;
    let day = today + DAY;
    for (let n = 1; n < DAYS_MAX && !isDay(day); n++) day += DAY;
    invariant(isDay(day), `no instant in sight for ${expression}`);
    return day + first;
  };
}

/** The first time of day after `ms` that these hours, minutes and seconds name. */
function laterThan(
  ms: number,
  hours: readonly number[],
  minutes: readonly number[],
  seconds: readonly number[],
): number | null {
  const wanted = Math.floor(ms / SECOND) + 1;
  for (const hour of hours) {
    if (hour * 3600 + 3599 < wanted) continue;
    for (const minute of minutes) {
      const start = hour * 3600 + minute * 60;
      if (start + 59 < wanted) continue;
      const second = seconds.find((second) => start + second >= wanted);
      if (second !== undefined) return (start + second) * SECOND;
    }
  }
  return null;
}

function requireExpression(expression: string): void {
  invariant(
    isCronExpression(expression),
    `expected a cron expression of six fields, got ${JSON.stringify(expression)}`,
  );
}
