/** The only place that reads the machine's time. */

import type { Clock } from '../ports/clock.ts';

/** Node's timers overflow above 2^31-1 ms and then fire at once (https://nodejs.org/api/timers.html, checked 2026-11-21). */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The machine's clock. `sleep` takes any number of ms; nothing below zero or NaN waits longer than one turn. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    let leftMs = ms > 0 ? ms : 0;
    do {
      const spanMs = Math.min(leftMs, TIMER_MS_MAX);
      await wait(spanMs, signal);
      leftMs -= spanMs;
    } while (leftMs > 0 && !signal.aborted);
  },
};

function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', wake, { once: true });
  });
}
