/** The door to node-cron: recurring work in UTC, by six-field expressions. */

import { createTask, validate } from 'node-cron';
import type { Instant } from '../core/base.ts';
import { invariant } from '../core/base.ts';
import type { Cron } from '../ports/clock.ts';

/** node-cron would write to the console; whatever matters reaches the log through the work itself. */
const SILENT = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };
const OPTIONS = { timezone: 'Etc/UTC', noOverlap: true, suppressMissedWarning: true, logger: SILENT };
const EXPRESSION_CHARS_MAX = 200;

/** Whether a text is a cron expression of six fields: second, minute, hour, day of month, month, day of week. */
export function isCronExpression(text: string): boolean {
  if (text.length > EXPRESSION_CHARS_MAX) return false;
  return text.trim().split(/\s+/).length === 6 && validate(text);
}

/** The machine's cron. `every` calls back with the instant that was due; an expression that is none is our mistake. */
export function createCron(): Cron {
  return {
    every: (expression, run) => {
      requireExpression(expression);
      const task = createTask(
        expression,
        ({ date }) => {
          try {
            run(date.getTime());
          } catch (error) {
            // node-cron would swallow it, and a broken invariant must end the process.
            queueMicrotask(() => {
              throw error;
            });
          }
        },
        OPTIONS,
      );
      void task.start();
      return { stop: () => void task.destroy() };
    },
    matches: cronMatches,
  };
}

/** Says which instants an expression names; only the second counts, in UTC. */
export function cronMatches(expression: string): (at: Instant) => boolean {
  requireExpression(expression);
  const task = createTask(expression, () => {}, OPTIONS);
  // Not started and no longer listed, it goes on matching.
  void task.destroy();
  return (at) => task.match(new Date(at));
}

function requireExpression(expression: string): void {
  invariant(
    isCronExpression(expression),
    `expected a cron expression of six fields, got ${JSON.stringify(expression)}`,
  );
}
