/** Keeps up with reelwatch: polls, or is told by events when to fetch, and never takes silence for bad news. */

import { retryAfterMs, textOf } from './body.ts';
import { BODY_BYTES_MAX, instantOf } from './document.ts';
import { type EventStream, listen } from './events.ts';
import type { Tell } from './problem.ts';
import { type World, within } from './world.ts';

const BACKOFF_MS_MAX = 60_000;
/** With events, fetching goes on at this pace: it is what renews the time for which the weights hold. */
const RENEW_EVERY_MS = 60_000;
/** What is held is renewed after a third of the time that it has left, but no faster than this. */
const RENEW_MS_MIN = 1_000;
const RENEW_SHARE = 1 / 3;
const JITTER = 0.1;
const DOUBLINGS_MAX = 16;
/** However many events come, fetching goes no faster. */
const GAP_MS = 100;

export interface FollowerOptions {
  world: World;
  url: (path: string) => string;
  headers: Readonly<Record<string, string>>;
  updates: 'poll' | 'events';
  pollEveryMs: number;
  timeoutMs: number;
  tell: Tell;
  /** Takes a document, parsed; false where it is refused. `serverAheadMs`: the server's clock less ours. */
  accept: (json: unknown, serverAheadMs: number) => boolean;
  /** The document that is held is still good until then, by our clock. */
  renew: (until: number) => void;
  /** Until when what is held counts, by our clock; null where there is nothing. */
  heldUntil: () => number | null;
}

export interface Follower {
  /** Fetches once, unless it did less than `ageMsMax` ago; true where the last answer was of use. Never rejects. */
  refresh: (ageMsMax?: number) => Promise<boolean>;
  start: () => void;
  stop: () => void;
}

interface Answer {
  isGood: boolean;
  waitMs: number;
}

export function createFollower(options: FollowerOptions): Follower {
  const { world, updates } = options;
  const fetchOnce = createFetch(options);
  let fetching: Promise<Answer> | null = null;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let wasGood = false;
  let running: AbortController | null = null;

  const refresh = (): Promise<Answer> => {
    fetching ??= fetchOnce().then((answer) => {
      fetching = null;
      fetchedAt = world.now();
      wasGood = answer.isGood;
      return answer;
    });
    return fetching;
  };

  /** What was under way before may answer with what held before a change: its end is waited for, then asked again. */
  const refreshAnew = async (): Promise<Answer> => {
    if (fetching !== null) await fetching;
    return refresh();
  };

  return {
    refresh: async (ageMsMax = 0) => {
      // A failure counts, too: while reelwatch is away, not every caller should wait for that.
      if (world.now() - fetchedAt < ageMsMax) return wasGood;
      return (await refresh()).isGood;
    },
    start: () => {
      if (running !== null) return;
      running = new AbortController();
      const state: Loops = { isOpen: false, wake: new AbortController(), signal: running.signal };
      void poll(options, state, refreshAnew);
      if (updates === 'events') void followEvents(options, state);
    },
    stop: () => {
      running?.abort();
      running = null;
    },
  };
}

/** What the two loops know of each other. */
interface Loops {
  /** Whether events are coming in. */
  isOpen: boolean;
  /** Aborted to end the pause between two polls. */
  wake: AbortController;
  signal: AbortSignal;
}

async function poll(
  { world, pollEveryMs, heldUntil }: FollowerOptions,
  state: Loops,
  refresh: () => Promise<Answer>,
): Promise<void> {
  state.signal.addEventListener('abort', () => state.wake.abort());
  let fails = 0;
  while (!state.signal.aborted) {
    // Made before the fetch: what changes while it is under way is fetched again at once.
    state.wake = new AbortController();
    const { isGood, waitMs } = await refresh();
    fails = isGood ? 0 : fails + 1;
    const usualMs = state.isOpen && isGood ? Math.max(RENEW_EVERY_MS, pollEveryMs) : pollEveryMs;
    // Where plans are short-lived, ours must not expire while reelwatch is well.
    const leftMs = (heldUntil() ?? 0) - world.now();
    const everyMs = leftMs > 0 ? Math.min(usualMs, Math.max(RENEW_MS_MIN, leftMs * RENEW_SHARE)) : usualMs;
    if (state.signal.aborted) return;
    await world.sleep(GAP_MS, state.signal);
    await world.sleep(Math.max(waitMs, pause(everyMs, fails, world)) - GAP_MS, state.wake.signal);
  }
}

async function followEvents(options: FollowerOptions, state: Loops): Promise<void> {
  const { world, headers, tell } = options;
  const stream: EventStream = { lastId: '', retryMs: 1000 };
  let fails = 0;
  while (!state.signal.aborted) {
    const connection = new AbortController();
    const end = () => connection.abort();
    state.signal.addEventListener('abort', end);
    let hasHeard = false;
    try {
      hasHeard = await listen({
        world,
        url: options.url('v1/events'),
        headers,
        timeoutMs: options.timeoutMs,
        stream,
        onOpen: () => {
          state.isOpen = true;
          state.wake.abort();
        },
        onEvent: () => {
          fails = 0;
          state.wake.abort();
        },
        signal: connection.signal,
      });
    } catch (error) {
      if (!state.signal.aborted) tell('no_events', error);
    }
    state.signal.removeEventListener('abort', end);
    end();
    state.isOpen = false;
    fails = hasHeard ? 0 : fails + 1;
    // Back to the pace of polling at once.
    state.wake.abort();
    await world.sleep(pause(stream.retryMs, fails, world), state.signal);
  }
}

/** Longer after each failure, and never the same for all: a thousand clients should not come back at once. */
function pause(everyMs: number, fails: number, world: World): number {
  const longer = Math.min(Math.max(everyMs, BACKOFF_MS_MAX), everyMs * 2 ** Math.min(fails, DOUBLINGS_MAX));
  return longer * (1 - JITTER + 2 * JITTER * world.random());
}

/** One conditional request after another. Never rejects. */
function createFetch(options: FollowerOptions): () => Promise<Answer> {
  const { world, tell } = options;
  let etag: string | null = null;

  const ask = async (signal: AbortSignal): Promise<Answer> => {
    const sent = etag;
    const response = await world.fetch(options.url('v1/status'), {
      headers: { ...options.headers, accept: 'application/json', ...(sent && { 'if-none-match': sent }) },
      redirect: 'manual',
      signal,
    });
    const aheadMs = serverAheadMs(response, world.now());
    if (response.status === 304 && sent !== null) {
      const until = instantOf(response.headers.get('reelwatch-valid-until'));
      if (until !== null) options.renew(until - aheadMs);
      return { isGood: true, waitMs: 0 };
    }
    if (response.status !== 200) {
      response.body?.cancel().catch(() => {});
      tell('unreachable', new Error(`/v1/status answered ${response.status}`));
      return { isGood: false, waitMs: retryAfterMs(response, BACKOFF_MS_MAX) };
    }
    const limits = { world, bytesMax: BODY_BYTES_MAX, silenceMs: options.timeoutMs };
    const isTaken = options.accept(parsed(await textOf(response, limits)), aheadMs);
    // Of a refused document we do not want to hear that it is unchanged.
    if (isTaken) etag = response.headers.get('etag');
    return { isGood: isTaken, waitMs: 0 };
  };

  return async () => {
    const request = new AbortController();
    try {
      return await within(world, options.timeoutMs, ask(request.signal), () => request.abort());
    } catch (error) {
      tell('unreachable', error);
      return { isGood: false, waitMs: 0 };
    }
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** By how much the server's clock, or a cache's copy of it, is ahead of ours; 0 where it does not tell the time. */
function serverAheadMs(response: Response, now: number): number {
  const date = Date.parse(response.headers.get('date') ?? '');
  const ageS = Number(response.headers.get('age') ?? 0);
  return Number.isFinite(date) ? date + (ageS > 0 ? ageS * 1000 : 0) - now : 0;
}
