/** What is known beforehand about the end of a model, brought up at the start and once a day. */

import type { Instant } from '../core/base.ts';
import type { Settings } from '../ports/settings.ts';
import type { Recorder } from './recorder.ts';

/** Midnight UTC: announced dates are days, and a day without a zone counts from its first moment. */
export const DAILY_CRON = '0 0 0 * * *';

/** Records the published end of each watched model, and lets dates that have come take effect. */
export async function watchDates(
  deps: { settings: Settings; recorder: Recorder },
  at: Instant,
): Promise<void> {
  for (const { target, provider } of deps.settings.targets) {
    const notice = provider.knownNotice(target.model, at);
    if (notice !== null)
      await deps.recorder.record(target.id, () => ({ event: { type: 'notice.seen', at, notice } }));
    await deps.recorder.record(target.id, () => ({ event: { type: 'day.began', at } }));
  }
}
