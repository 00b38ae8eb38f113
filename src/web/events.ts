/** Server-sent events that say only that there is something new: whoever hears one fetches. */

import { SECOND } from '../core/base.ts';
import type { Clock } from '../ports/clock.ts';
import type { View } from '../ports/view.ts';
import { indexOf, isPast } from './follow.ts';
import { inSlices } from './slices.ts';

export const LISTENERS_MAX = 2_000;
/** What may wait for one listener to read it; an event has about 100 bytes. */
export const UNREAD_BYTES_MAX = 16 * 1024;
const HEARTBEAT_EVERY_MS = 15 * SECOND;
const RETRY_MS = 3_000;

/** One connection. */
export interface Listener {
  write: (text: string) => void;
  unreadBytes: () => number;
  end: () => void;
  /** Cuts the connection without waiting for it to read. */
  drop: () => void;
}

export interface Events {
  /** False where there are too many already, or the server closes. */
  hasRoom: () => boolean;
  /** @param lastId what it heard last, in an earlier connection */
  add: (listener: Listener, lastId: string | undefined) => void;
  remove: (listener: Listener) => void;
  count: () => number;
  close: () => void;
}

export function createEvents(view: View, clock: Clock, listenersMax = LISTENERS_MAX): Events {
  const listeners = new Set<Listener>();
  const closing = new AbortController();
  let isBeating = false;

  function tellAll(text: string): void {
    void inSlices([...listeners], clock, (listener) => {
      // It may have gone since.
      if (!listeners.has(listener)) return;
      if (listener.unreadBytes() <= UNREAD_BYTES_MAX) listener.write(text);
      else {
        listeners.delete(listener);
        listener.drop();
      }
    });
  }
  const isExpired = () => clock.now() > view.validUntil();
  /** Nothing is committed when the plans expire or hold again, so that is looked at with each sign of life. */
  async function beat(): Promise<void> {
    isBeating = true;
    let wasExpired = isExpired();
    while (listeners.size > 0 && !closing.signal.aborted) {
      const leftMs = view.validUntil() - clock.now() + 1;
      const waitMs = leftMs > 0 ? Math.min(HEARTBEAT_EVERY_MS, leftMs) : HEARTBEAT_EVERY_MS;
      await clock.sleep(waitMs, closing.signal);
      if (closing.signal.aborted) break;
      tellAll(isExpired() === wasExpired ? ': alive\n\n' : eventOf(view));
      wasExpired = isExpired();
    }
    isBeating = false;
  }
  const deaf = view.onTold(() => tellAll(eventOf(view)));

  return {
    hasRoom: () => !closing.signal.aborted && listeners.size < listenersMax,
    add: (listener, lastId) => {
      listeners.add(listener);
      listener.write(`retry: ${RETRY_MS}\n\n${isPast(view, lastId) || isExpired() ? eventOf(view) : ''}`);
      if (!isBeating) void beat();
    },
    remove: (listener) => listeners.delete(listener),
    count: () => listeners.size,
    close: () => {
      deaf();
      closing.abort();
      for (const listener of listeners) listener.end();
      listeners.clear();
    },
  };
}

function eventOf(view: View): string {
  const index = indexOf(view);
  const data = JSON.stringify({ index, epoch: view.epoch, generation: view.generation() });
  return `id: ${index}\nevent: changed\ndata: ${data}\n\n`;
}
