/** Writing that matters is tried until it works: a full disk at night must not cost a paid job or an alert. */

import { SECOND } from '../core/base.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { StoreError } from '../ports/store.ts';

/** Runs a store call, again and again while the store is unavailable; gives up only when the daemon stops. */
export type Persist = <T>(call: () => Promise<T>) => Promise<T>;

/** Troubles that a person or time can end while we wait. */
const PASSING: ReadonlySet<string> = new Set(['busy', 'full', 'read_only', 'unavailable']);
const WAIT_MS = SECOND;
const WAIT_MS_MAX = 30 * SECOND;

export interface PersistDeps {
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** Told when a call begins to wait for the store, and when it has done so. */
  stalled: (isWaiting: boolean) => void;
}

export function createPersist(deps: PersistDeps): Persist {
  return async (call) => {
    for (let waitMs = WAIT_MS; ; waitMs = Math.min(waitMs * 2, WAIT_MS_MAX)) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof StoreError) || !PASSING.has(error.code) || deps.signal.aborted) throw error;
        deps.log.error({ error, waitMs }, 'the store does not take writes; trying again');
        deps.stalled(true);
        await deps.clock.sleep(waitMs, deps.signal);
        deps.stalled(false);
      }
    }
  };
}
