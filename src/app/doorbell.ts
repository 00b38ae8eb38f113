/** Wait until something is due or somebody rings: no loop ever polls. */

import type { Clock } from '../ports/clock.ts';

export interface Doorbell {
  ring: () => void;
  /** Resolves after `ms`, when rung, or when the signal aborts. A ring while nobody waits is remembered. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export function createDoorbell(clock: Clock): Doorbell {
  let wasRung = false;
  let wake: (() => void) | null = null;
  return {
    ring: () => {
      wasRung = true;
      wake?.();
    },
    wait: async (ms, signal) => {
      if (!wasRung && !signal.aborted && ms > 0) {
        const woken = new AbortController();
        const stop = () => woken.abort();
        wake = stop;
        signal.addEventListener('abort', stop);
        await clock.sleep(ms, woken.signal);
        signal.removeEventListener('abort', stop);
        wake = null;
      }
      wasRung = false;
    },
  };
}
