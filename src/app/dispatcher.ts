/** Delivers stories from the outbox: in order for each target and channel, until told, and with the same key each time. */

import { clamp, MINUTE, SECOND } from '../core/base.ts';
import { nextAttemptAt } from '../core/backoff.ts';
import { toldTogether } from '../core/coalesce.ts';
import type { Story } from '../core/effect.ts';
import type { AlertChannel, Delivery } from '../ports/channels.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Settings } from '../ports/settings.ts';
import type { OutboxEntry, Store } from '../ports/store.ts';
import type { Observer } from '../ports/view.ts';
import type { Doorbell } from './doorbell.ts';
import type { Persist } from './persist.ts';

/** Due entries looked at in one go, and entries of one queue that may become one message. */
const BATCH_MAX = 50;
const QUEUE_MAX = 20;
/** A receiver that never answers must not hold the others up for ever. */
const TELL_MS_MAX = 30 * SECOND;

/** Even with nothing due, the loop looks this often; and it takes a breath where something is always due. */
const IDLE_MS_MAX = 5 * MINUTE;
const BREATH_MS = SECOND / 10;

/** `stop`: begin nothing new. `cut`: end even what is being told. */
export interface Signals {
  stop: AbortSignal;
  cut: AbortSignal;
}

export interface DispatcherDeps {
  settings: Settings;
  store: Store;
  clock: Clock;
  log: Log;
  observer: Observer;
  persist: Persist;
}

/** One channel's loop: a dead receiver delays nobody else. Sleeps until something is due, or the bell rings. */
export async function tellForever(
  deps: DispatcherDeps,
  receiver: { id: string; channel: AlertChannel },
  bell: Doorbell,
  signals: Signals,
): Promise<void> {
  const { clock, store, persist } = deps;
  const { stop } = signals;
  while (!stop.aborted) {
    await tellDue(deps, receiver, signals);
    const dueAt = await persist(() => store.nextEntryAt(receiver.id));
    await bell.wait(clamp((dueAt ?? Infinity) - clock.now(), BREATH_MS, IDLE_MS_MAX), stop);
  }
}

async function tellDue(
  deps: DispatcherDeps,
  { id, channel }: { id: string; channel: AlertChannel },
  signals: Signals,
): Promise<void> {
  const { clock, store, persist } = deps;
  for (const entry of await persist(() => store.dueEntries(id, clock.now(), BATCH_MAX))) {
    if (signals.stop.aborted) return;
    const queue = await persist(() => store.queuedEntries(entry.target, id, QUEUE_MAX));
    const together = queue.slice(0, Math.max(1, toldTogether(queue.map(({ story }) => story))));
    await tell(deps, channel, together.length === 0 ? [entry] : together, signals.cut);
    // Receivers punish bursts, so even a full outbox is told at their pace.
    await clock.sleep(channel.gapMs, signals.stop);
  }
}

async function tell(
  deps: DispatcherDeps,
  channel: AlertChannel,
  entries: readonly OutboxEntry[],
  signal: AbortSignal,
): Promise<void> {
  const { clock, settings, store, persist, observer, log } = deps;
  const [head] = entries;
  if (head === undefined) return;
  const keys = entries.map(({ key }) => key);
  const startedAt = clock.now();
  const newest = entries.at(-1) ?? head;
  const isExpired = startedAt - newest.createdAt > settings.storyExpiresMs;
  const stories = entries.map(({ story }) => story) as [Story, ...Story[]];
  // The head alone may have been heard before we died: under its key a receiver would drop what has joined it since.
  const delivery: Delivery = isExpired
    ? { is: 'refused', why: 'expired before it could be told' }
    : await answerOf(deps, channel, stories, newest.key, signal);
  if (signal.aborted && delivery.is !== 'done') return;
  const at = clock.now();
  const fields = {
    entryKey: head.key,
    channel: head.channel,
    attempts: head.attempts + 1,
    joined: entries.length,
  };
  const count = (outcome: 'done' | 'retry' | 'dead') =>
    observer.delivered({ channel: head.channel, outcome, tookMs: at - startedAt });
  switch (delivery.is) {
    case 'done':
      await persist(() => store.settleEntries(keys, { is: 'done', at }));
      log.info(fields, 'story told');
      return count('done');
    case 'retry': {
      const failed = { now: at, attempts: head.attempts + 1, key: head.key, afterMs: delivery.afterMs };
      const dueAt = nextAttemptAt('story', failed);
      await persist(() => store.settleEntries([head.key], { is: 'retry', dueAt, error: delivery.why }));
      log.warn({ ...fields, why: delivery.why, dueAt }, 'story not told yet');
      return count('retry');
    }
    case 'refused':
      await persist(() => store.settleEntries(keys, { is: 'dead', at, error: delivery.why }));
      log.error({ ...fields, why: delivery.why }, 'story can never be told');
      return count('dead');
  }
}

/** A channel's answer, or a retry when it takes too long. */
async function answerOf(
  deps: DispatcherDeps,
  channel: AlertChannel,
  stories: [Story, ...Story[]],
  key: string,
  signal: AbortSignal,
): Promise<Delivery> {
  const over = new AbortController();
  const stop = () => over.abort();
  signal.addEventListener('abort', stop);
  const late: Promise<Delivery> = deps.clock
    .sleep(TELL_MS_MAX, over.signal)
    .then(() => ({ is: 'retry', afterMs: null, why: `no answer within ${TELL_MS_MAX / 1000} s` }));
  const told = channel.tell({ stories }, key, over.signal);
  try {
    return await Promise.race([told, late]);
  } finally {
    over.abort();
    signal.removeEventListener('abort', stop);
  }
}
