/** One signal for two ways to stop: the caller's abort and the time that ran out by the Clock. */

import type { Clock } from '../ports/clock.ts';

export interface Deadline {
  signal: AbortSignal;
  /** Why the signal fired; null while it has not. */
  reason: () => 'aborted' | 'timeout' | null;
  /** Waits for a promise, or rejects as soon as the signal fires, even if the promise never settles. */
  within: <T>(promise: Promise<T>) => Promise<T>;
  /** Lets go of the caller's signal and of the Clock. Must be called. */
  end: () => void;
}

export function createDeadline(clock: Clock, ms: number, caller: AbortSignal): Deadline {
  const stop = new AbortController();
  const over = new AbortController();
  let reason: 'aborted' | 'timeout' | null = null;
  const fire = (why: 'aborted' | 'timeout') => {
    if (reason !== null || over.signal.aborted) return;
    reason = why;
    stop.abort();
  };
  const onCaller = () => fire('aborted');
  if (caller.aborted) fire('aborted');
  else {
    caller.addEventListener('abort', onCaller, { once: true });
    void clock.sleep(ms, over.signal).then(() => fire('timeout'));
  }
  return {
    signal: stop.signal,
    reason: () => reason,
    within: (promise) => race(promise, stop.signal),
    end: () => {
      over.abort();
      caller.removeEventListener('abort', onCaller);
    },
  };
}

function race<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new Error('stopped'));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
