/** Logs when something is wrong with the store, and when it is over: once each, for those who watch no page. */

import type { Cron } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import { StoreError } from '../ports/store.ts';
import type { StoreTrouble } from '../ports/trouble.ts';

const CRON = '*/10 * * * * *';

interface WatchDeps {
  store: Pick<Store, 'trouble'>;
  log: Log;
  cron: Pick<Cron, 'every'>;
  fatal: (error: unknown) => void;
}

export function watchStore({ store, log, cron, fatal }: WatchDeps): { stop: () => void } {
  let last: StoreTrouble | null = null;
  const look = async () => {
    const trouble = await store.trouble();
    if (trouble === last) return;
    last = trouble;
    if (trouble === null) log.info({}, 'the store works again');
    else log.error({ trouble }, 'the store is not usable; /readyz says why');
  };
  const failed = (error: unknown) => {
    // Who cannot be asked now is asked again soon; what waits for the store is logged where it waits.
    if (!(error instanceof StoreError)) fatal(error);
  };
  return cron.every(CRON, () => void look().catch(failed));
}
