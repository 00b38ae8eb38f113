/** Asks routers what they hold: one that was restarted, or that somebody else writes to, no longer has our weights. */

import type { Instant } from '../core/base.ts';
import { SECOND } from '../core/base.ts';
import type { Drift } from '../core/drift.ts';
import { driftAfter, shortened } from '../core/drift.ts';
import type { RoutePlan } from '../core/route.ts';
import type { RouterSink } from '../ports/channels.ts';
import type { Settings } from '../ports/settings.ts';
import type { PusherDeps } from './pusher.ts';
import type { Tale } from './tales.ts';
import { announceTales, driftTale, rowsOf } from './tales.ts';
import { within } from './within.ts';

const READ_BACK_MS_MAX = 10 * SECOND;

export interface DriftDeps extends PusherDeps {
  settings: Settings;
  /** Called after each story was written: it is due now. */
  ringChannels: () => void;
}

/** What one reading found, beside what was known before. */
interface Reading {
  sink: string;
  plan: RoutePlan;
  at: Instant;
  before: Drift | null;
  /** What differs; null where the router holds the plan. */
  what: string[] | null;
}

/**
 * Compares each applied plan of one sink with what its router holds. What differs is counted, logged and due again; the
 * first time, and when it has been over for a while, people are told.
 * @returns whether anything is due
 */
export async function readBack(
  deps: DriftDeps,
  { id, sink }: { id: string; sink: RouterSink },
  signal: AbortSignal,
): Promise<boolean> {
  const { store, board, clock, persist, log } = deps;
  let isAnyDue = false;
  for (const { sink: owner, route, applied, state, drift: before } of await persist(store.pushStates)) {
    const plan = board.plan(route);
    if (owner !== id || state !== 'applied' || plan === null || plan.generation !== applied) continue;
    const held = await within(clock, READ_BACK_MS_MAX, signal, async (signal) =>
      sink.readBack?.(plan, signal),
    );
    if (signal.aborted) return false;
    if (held === 'late' || held === undefined || held.is === 'unreachable') {
      const why = held === undefined || held === 'late' ? 'no answer in time' : held.why;
      log.debug({ sink: id, route, why }, 'a router does not say what it holds');
      continue;
    }
    const what = held.is === 'differs' ? shortened(held.what) : null;
    await note(deps, { sink: id, plan, at: clock.now(), before, what });
    isAnyDue ||= what !== null;
  }
  return isAnyDue;
}

async function note(deps: DriftDeps, reading: Reading): Promise<void> {
  const { store, persist, log, observer, settings } = deps;
  const { sink, plan, at, before, what } = reading;
  const { route, generation } = plan;
  if (what !== null) {
    log.warn({ sink, route, generation, what }, 'a router holds other weights than it had applied');
    observer.drifted({ sink, route, at, what });
  }
  const { drift, tale } = driftAfter(before, what === null ? 'same' : 'differs', at);
  if (before === null && drift === null) return;
  const tales = taleOf(reading, tale);
  const outbox = rowsOf(settings, tales);
  const error = what?.join('; ') ?? null;
  const isNoted = await persist(() =>
    store.noteDrift({ sink, route, generation, at, before, drift, error, outbox }),
  );
  if (isNoted) announceTales(deps, tales);
  // Also where our own note was written although its answer was lost.
  if (outbox.length > 0) deps.ringChannels();
}

function taleOf({ sink, plan, at, before, what }: Reading, tale: 'drifted' | 'settled' | null): Tale[] {
  const { route, generation } = plan;
  if (tale === 'drifted')
    return [
      driftTale({ type: 'router.drifted', at, route, sink, generation, what: what ?? [] }, generation, at),
    ];
  if (tale !== 'settled' || before === null) return [];
  const { since, times } = before;
  const durationMs = at - since;
  return [driftTale({ type: 'router.settled', at, route, sink, since, durationMs, times }, generation, at)];
}
