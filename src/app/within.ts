/** Work that is given up after a time by the Clock. */

import type { Clock } from '../ports/clock.ts';

/** @returns what the work gave, or `late`; its signal aborts once the work is over, late, or no longer wanted */
export async function within<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | 'late'> {
  const over = new AbortController();
  const stop = () => over.abort();
  signal.addEventListener('abort', stop);
  const late = clock.sleep(ms, over.signal).then(() => 'late' as const);
  try {
    return await Promise.race([work(over.signal), late]);
  } finally {
    over.abort();
    signal.removeEventListener('abort', stop);
  }
}
