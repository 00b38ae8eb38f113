/** Asks routers what they hold: one that was restarted, or that somebody else writes to, no longer has our weights. */

import { SECOND } from '../core/base.ts';
import type { RouterSink } from '../ports/channels.ts';
import type { PusherDeps } from './pusher.ts';
import { within } from './within.ts';

const READ_BACK_MS_MAX = 10 * SECOND;

/**
 * Compares each applied plan of one sink with what its router holds. What differs is counted, logged and due again.
 * @returns whether anything is
 */
export async function readBack(
  deps: PusherDeps,
  { id, sink }: { id: string; sink: RouterSink },
  signal: AbortSignal,
): Promise<boolean> {
  const { store, board, clock, persist, log, observer } = deps;
  let isAnyDue = false;
  for (const { sink: owner, route, applied, state } of await persist(store.pushStates)) {
    const plan = board.plan(route);
    if (owner !== id || state !== 'applied' || plan === null || plan.generation !== applied) continue;
    const held = await within(clock, READ_BACK_MS_MAX, signal, async (signal) =>
      sink.readBack?.(plan, signal),
    );
    const { generation } = plan;
    if (signal.aborted) return false;
    if (held === 'late' || held === undefined || held.is === 'unreachable') {
      const why = held === undefined || held === 'late' ? 'no answer in time' : held.why;
      log.debug({ sink: id, route, why }, 'a router does not say what it holds');
    } else if (held.is === 'differs') {
      const at = clock.now();
      const error = held.what.join('; ');
      log.warn(
        { sink: id, route, generation, what: held.what },
        'a router holds other weights than it had applied',
      );
      observer.drifted({ sink: id, route, at, what: held.what });
      // Settles only the generation that was asked for: a newer plan is due anyway.
      await persist(() => store.settlePush(id, route, generation, { is: 'retry', at, dueAt: at, error }));
      isAnyDue = true;
    }
  }
  return isAnyDue;
}
