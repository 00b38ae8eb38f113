/** After the clock was set back, what was noted before lies ahead: nothing may wait for it. */

import type { Instant } from './base.ts';

/** Fields that hold an instant by their name, and lists that hold them. */
const INSTANT = /^(?:at|since)$|(?:At|Since)$/;
const LISTS: ReadonlySet<string> = new Set(['bursts', 'closes', 'votes', 'risen']);
/** What is announced, or planned for, may lie ahead. */
const ANNOUNCED: ReadonlySet<string> = new Set(['effectiveAt', 'returnsAt']);

/** The same state or plan, with every instant after `at` moved to `at`; itself where there is none. */
export function notAfter<T>(value: T, at: Instant): T {
  return clamped(value, at, false) as T;
}

function clamped(value: unknown, at: Instant, isInstant: boolean): unknown {
  if (typeof value === 'number') return isInstant && value > at ? at : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => clamped(item, at, isInstant));
    return items.some((item, n) => item !== value[n]) ? items : value;
  }
  const fields = Object.entries(value).map(([key, field]): [string, unknown] => {
    const isTime = !ANNOUNCED.has(key) && (INSTANT.test(key) || LISTS.has(key));
    return [key, clamped(field, at, isTime)];
  });
  const isSame = fields.every(([key, field]) => field === (value as Record<string, unknown>)[key]);
  return isSame ? value : Object.fromEntries(fields);
}
