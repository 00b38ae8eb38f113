/** The loop that lets the scheduler look when something is due. */

import { clamp, MINUTE } from '../core/base.ts';
import type { Clock } from '../ports/clock.ts';
import type { Board } from './board.ts';
import { createDoorbell } from './doorbell.ts';
import type { Scheduler } from './scheduler.ts';

/** Even with nothing due, the loop looks this often: a safety net under the doorbell. */
const IDLE_MS_MAX = 5 * MINUTE;
const LOOK_MS_MIN = 100;

/** What is wanted has an instant of its own: sleep until the nearest, or until beliefs change. */
export async function probeForever(
  { board, clock, scheduler }: { board: Board; clock: Clock; scheduler: Scheduler },
  signal: AbortSignal,
): Promise<void> {
  const bell = createDoorbell(clock);
  const deaf = board.onChange(bell.ring);
  while (!signal.aborted) {
    const now = clock.now();
    const lookAt = scheduler.nextLookAt() ?? Infinity;
    await bell.wait(clamp(lookAt - now, LOOK_MS_MIN, IDLE_MS_MAX), signal);
    if (!signal.aborted) scheduler.tick(clock.now());
  }
  deaf();
}
