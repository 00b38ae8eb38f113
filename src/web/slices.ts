/** A little for each of many. */

import type { Clock } from '../ports/clock.ts';

const SLICE = 100;
const NEVER = new AbortController().signal;

/** Acts at once on the first hundred, and lets everything else have its turn before each further hundred. */
export async function inSlices<T>(
  items: readonly T[],
  clock: Pick<Clock, 'sleep'>,
  act: (item: T) => void,
): Promise<void> {
  for (let from = 0; from < items.length; from += SLICE) {
    if (from > 0) await clock.sleep(0, NEVER);
    items.slice(from, from + SLICE).forEach(act);
  }
}
