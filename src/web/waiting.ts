/** Long polls: who waits for the next news. */

import { fraction } from '../core/base.ts';
import type { Clock } from '../ports/clock.ts';
import type { View } from '../ports/view.ts';
import { isPast } from './follow.ts';
import { inSlices } from './slices.ts';

/** Each holds a connection and a few kB. */
export const WAITERS_MAX = 2_000;
/** In seconds. */
export const WAIT_S_MAX = 60;
export const WAIT_S = 30;
/** Those who began together do not all come back together. */
const JITTER_SHARE = 1 / 16;

/** Without a reason each abort makes an error with a stack, which takes longer than everything else about it. */
const WOKEN = 'woken';

export interface Waiting {
  /**
   * Resolves when something was told since the index `known`, when `ms` have passed, when `gone` is called or the server closes.
   * @param onGone called once with what ends the wait early
   * @returns null where too many wait already
   */
  wait: (known: string, ms: number, onGone: (gone: () => void) => void) => Promise<void> | null;
  count: () => number;
  /** Sends everybody on, and lets nobody wait any more. */
  close: () => void;
}

export function createWaiting(
  view: Pick<View, 'epoch' | 'generation' | 'told' | 'onTold'>,
  clock: Clock,
  waitersMax = WAITERS_MAX,
): Waiting {
  const wakers = new Set<AbortController>();
  let isClosed = false;
  let turns = 0;
  const wakeAll = () => {
    const woken = [...wakers];
    wakers.clear();
    void inSlices(woken, clock, (waker) => waker.abort(WOKEN));
  };
  const deaf = view.onTold(wakeAll);

  async function wait(waker: AbortController, ms: number): Promise<void> {
    await clock.sleep(ms, waker.signal);
    wakers.delete(waker);
  }
  return {
    wait: (known, ms, onGone) => {
      if (isClosed || isPast(view, known)) return Promise.resolve();
      if (wakers.size >= waitersMax) return null;
      const waker = new AbortController();
      wakers.add(waker);
      onGone(() => waker.abort(WOKEN));
      turns += 1;
      return wait(waker, ms * (1 + JITTER_SHARE * fraction(`${known}~${turns}`)));
    },
    count: () => wakers.size,
    close: () => {
      isClosed = true;
      deaf();
      wakeAll();
    },
  };
}
