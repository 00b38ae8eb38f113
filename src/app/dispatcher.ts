/** Delivers stories from the outbox: in order for each target and channel, until told, and with the same key each time. */

import type { Instant } from '../core/base.ts';
import { clamp, MINUTE, SECOND } from '../core/base.ts';
import { nextAttemptAt } from '../core/backoff.ts';
import { toldTogether, undeliveredBegin } from '../core/coalesce.ts';
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

/** Whoever refuses a channel may be having it repaired: a message is given up after this long, not at once. */
const REFUSED_MS_MIN = 10 * MINUTE;

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

/** A channel, and what its loop knows of the receiver behind it. */
interface Receiver {
  id: string;
  channel: AlertChannel;
  /** Nothing is sent before this moment of monotonic time: the receiver has limited our rate. */
  pausedUntil: number;
  /** Pauses since the last answer of another kind. */
  pauses: number;
  /** Since when it has refused whatever it was sent, by monotonic time. */
  refusedSince: number | null;
  /** Whether messages may be waiting for a later attempt; an earlier process may have left some. */
  hasFailed: boolean;
}

/** One channel's loop: a dead receiver delays nobody else. Sleeps until something is due, or the bell rings. */
export async function tellForever(
  deps: DispatcherDeps,
  { id, channel }: { id: string; channel: AlertChannel },
  bell: Doorbell,
  signals: Signals,
): Promise<void> {
  const { clock, store, persist } = deps;
  const { stop } = signals;
  const receiver: Receiver = { id, channel, pausedUntil: 0, pauses: 0, refusedSince: null, hasFailed: true };
  while (!stop.aborted) {
    await tellDue(deps, receiver, signals);
    const dueAt = await persist(() => store.nextEntryAt(id));
    const waitMs = Math.max((dueAt ?? Infinity) - clock.now(), pauseMs(deps, receiver));
    await bell.wait(clamp(waitMs, BREATH_MS, IDLE_MS_MAX), stop);
  }
}

function pauseMs({ clock }: DispatcherDeps, { pausedUntil }: Receiver): number {
  return Math.max(0, pausedUntil - clock.monotonicMs());
}

async function tellDue(deps: DispatcherDeps, receiver: Receiver, signals: Signals): Promise<void> {
  const { clock, store, persist } = deps;
  const { id, channel } = receiver;
  if (pauseMs(deps, receiver) > 0) return;
  for (const entry of await persist(() => store.dueEntries(id, clock.now(), BATCH_MAX))) {
    if (signals.stop.aborted || pauseMs(deps, receiver) > 0) return;
    const queue = await persist(() => store.queuedEntries(entry.target, id, QUEUE_MAX));
    const together = queue.slice(0, Math.max(1, toldTogether(queue.map(({ story }) => story))));
    await tell(deps, receiver, together.length === 0 ? [entry] : together, signals.cut);
    // Receivers punish bursts, so even a full outbox is told at their pace.
    await clock.sleep(channel.gapMs, signals.stop);
  }
}

async function tell(
  deps: DispatcherDeps,
  receiver: Receiver,
  entries: readonly OutboxEntry[],
  signal: AbortSignal,
): Promise<void> {
  const { clock, settings } = deps;
  const [head] = entries;
  if (head === undefined) return;
  const startedAt = clock.now();
  const newest = entries.at(-1) ?? head;
  const isExpired = startedAt - newest.createdAt > settings.storyExpiresMs;
  // The head alone may have been heard before we died: under its key a receiver would drop what has joined it since.
  const answer: Delivery = isExpired
    ? { is: 'refused', why: 'expired before it could be told' }
    : await answerOf(deps, receiver.channel, await storiesOf(deps, entries, newest), newest.key, signal);
  if (signal.aborted && answer.is !== 'done') return;
  const delivery = isExpired ? answer : noteAnswer(deps, receiver, answer, newest.createdAt);
  await settle(deps, receiver, { entries, head, startedAt }, delivery);
}

/** The stories of these entries; before an end that nobody heard the begin of, that begin. */
async function storiesOf(
  { store, persist }: DispatcherDeps,
  entries: readonly OutboxEntry[],
  { target, channel, story: newest }: OutboxEntry,
): Promise<[Story, ...Story[]]> {
  const stories = entries.map(({ story }) => story) as [Story, ...Story[]];
  if (!('durationMs' in newest.effect)) return stories;
  const dead = await persist(() => store.deadEntriesOf(target, channel, QUEUE_MAX));
  const begun = undeliveredBegin(
    dead.map(({ story }) => story),
    stories,
  );
  return [...begun, ...stories] as [Story, ...Story[]];
}

/** What an answer says of the receiver, and what it therefore means for the message that was sent. */
function noteAnswer(
  { clock }: DispatcherDeps,
  receiver: Receiver,
  answer: Delivery,
  createdAt: Instant,
): Delivery {
  const now = clock.monotonicMs();
  const isOfChannel = answer.is !== 'done' && answer.scope === 'channel';
  receiver.pauses = isOfChannel && answer.is === 'retry' ? receiver.pauses + 1 : 0;
  receiver.refusedSince = isOfChannel && answer.is === 'refused' ? (receiver.refusedSince ?? now) : null;
  if (answer.is === 'retry' && isOfChannel) {
    const failed = { now, attempts: receiver.pauses, key: receiver.id, afterMs: answer.afterMs };
    receiver.pausedUntil = nextAttemptAt('story', failed);
  }
  const refusedMs = Math.min(now - (receiver.refusedSince ?? now), clock.now() - createdAt);
  if (answer.is === 'refused' && isOfChannel && refusedMs < REFUSED_MS_MIN)
    return { is: 'retry', afterMs: null, why: answer.why };
  return answer;
}

async function settle(
  deps: DispatcherDeps,
  receiver: Receiver,
  told: { entries: readonly OutboxEntry[]; head: OutboxEntry; startedAt: Instant },
  delivery: Delivery,
): Promise<void> {
  const { clock, store, persist, observer, log } = deps;
  const { entries, head, startedAt } = told;
  const keys = entries.map(({ key }) => key);
  const at = clock.now();
  const attempts = head.attempts + 1;
  const fields = { entryKey: head.key, channel: head.channel, attempts, joined: entries.length };
  const count = (outcome: 'done' | 'retry' | 'dead') =>
    observer.delivered({ channel: head.channel, outcome, tookMs: at - startedAt });
  switch (delivery.is) {
    case 'done':
      await persist(() => store.settleEntries(keys, { is: 'done', at }));
      if (receiver.hasFailed) await persist(() => store.hastenEntries(receiver.id, at));
      receiver.hasFailed = false;
      log.info(fields, 'story told');
      return count('done');
    case 'retry': {
      receiver.hasFailed = true;
      if (delivery.scope === 'channel') {
        // The message itself was not looked at: it goes first when the pause is over.
        log.warn({ ...fields, why: delivery.why, pauseMs: pauseMs(deps, receiver) }, 'channel paused');
        return count('retry');
      }
      const dueAt = nextAttemptAt('story', { now: at, attempts, key: head.key, afterMs: delivery.afterMs });
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
