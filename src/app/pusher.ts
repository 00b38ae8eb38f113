/** Pushes route plans to router sinks: only the newest counts, and what was not applied is pushed again. */

import { nextAttemptAt } from '../core/backoff.ts';
import { clamp, MINUTE, SECOND } from '../core/base.ts';
import type { RoutePlan } from '../core/route.ts';
import type { Applied, RouterSink } from '../ports/channels.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { DuePush, Store } from '../ports/store.ts';
import type { Observer, PushOutcome } from '../ports/view.ts';
import type { Board } from './board.ts';
import type { Signals } from './dispatcher.ts';
import type { Doorbell } from './doorbell.ts';
import { readBack } from './drift.ts';
import type { DriftDeps } from './drift.ts';
import type { Persist } from './persist.ts';
import { within } from './within.ts';

const BATCH_MAX = 50;
const IDLE_MS_MAX = 5 * MINUTE;
const BREATH_MS = SECOND / 10;
const PUSH_MS_MAX = 10 * SECOND;
/** A receiver that holds something newer may be right: ask again, but seldom. */
const STALE_RETRY_MS = MINUTE;

/** How often a router that can be asked is asked what it holds. */
const READ_BACK_MS = 30 * SECOND;
const LATE: Applied = { is: 'retry', afterMs: null, why: `no answer within ${PUSH_MS_MAX / SECOND} s` };

export interface PusherDeps {
  store: Store;
  board: Board;
  clock: Clock;
  log: Log;
  observer: Observer;
  persist: Persist;
}

/** One sink's loop: a dead router delays nobody else. */
export async function pushForever(
  deps: DriftDeps,
  receiver: { id: string; sink: RouterSink },
  bell: Doorbell,
  signals: Signals,
): Promise<void> {
  const { clock, store, persist } = deps;
  const { stop, cut } = signals;
  let askMs = receiver.sink.readBack === undefined ? Infinity : clock.monotonicMs() + READ_BACK_MS;
  while (!stop.aborted) {
    for (const push of await persist(() => store.duePushes(receiver.id, clock.now(), BATCH_MAX))) {
      if (!stop.aborted) await pushOne(deps, receiver.sink, push, cut);
    }
    if (clock.monotonicMs() >= askMs) {
      askMs = clock.monotonicMs() + READ_BACK_MS;
      if (await readBack(deps, receiver, cut)) continue;
    }
    const dueAt = await persist(() => store.nextPushAt(receiver.id));
    const waitMs = Math.min((dueAt ?? Infinity) - clock.now(), askMs - clock.monotonicMs());
    await bell.wait(clamp(waitMs, BREATH_MS, IDLE_MS_MAX), stop);
  }
}

async function pushOne(
  deps: PusherDeps,
  sink: RouterSink,
  { sink: id, plan, attempts }: DuePush,
  signal: AbortSignal,
): Promise<void> {
  const { store, clock, persist, log, observer } = deps;
  const startedAt = clock.now();
  const { route, generation } = plan;
  const settle = (outcome: Parameters<Store['settlePush']>[3]) =>
    persist(() => store.settlePush(id, route, generation, outcome));
  const said = await within(clock, PUSH_MS_MAX, signal, (signal) =>
    sink.push(plan, deps.board.validUntil(), signal),
  );
  const answer = compared(said === 'late' ? LATE : said, plan);
  if (signal.aborted && answer.is !== 'applied') return;
  const at = clock.now();
  const fields = { sink: id, route, epoch: plan.epoch, generation };
  const count = (outcome: PushOutcome) => observer.pushed({ sink: id, outcome, tookMs: at - startedAt });
  switch (answer.is) {
    case 'applied':
      await settle({ is: 'applied', at });
      log.info({ ...fields, notes: answer.notes ?? [] }, 'weights applied');
      return count('applied');
    case 'retry':
    case 'stale':
    case 'behind': {
      const key = `${id}/${route}#${generation}`;
      const afterMs = answer.is === 'stale' ? STALE_RETRY_MS : answer.is === 'behind' ? null : answer.afterMs;
      await settle({
        is: 'retry',
        at,
        dueAt: nextAttemptAt('push', { now: at, attempts: attempts + 1, key, afterMs }),
        error: answer.why,
      });
      log.warn({ ...fields, why: answer.why, answer: answer.is }, 'weights not applied yet');
      return count(answer.is === 'behind' ? 'behind' : 'retry');
    }
    case 'unsubscribed':
      await settle({ is: 'stopped', at, error: answer.why });
      log.warn({ ...fields, why: answer.why }, 'the router wants no more pushes');
      return count('stopped');
  }
}

/** What an answer comes to: a router that says it holds another plan has not applied this one. */
function compared(answer: Applied, plan: RoutePlan): Applied | { is: 'behind'; why: string } {
  if (answer.is !== 'applied') return answer;
  const { epoch, generation } = answer;
  const ahead = epoch - plan.epoch || generation - plan.generation;
  const why = `the router holds epoch ${epoch}, generation ${generation}`;
  if (ahead === 0) return answer;
  return { is: ahead < 0 ? 'behind' : 'stale', why };
}
