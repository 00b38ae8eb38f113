/** What is due when: each name stands once, at the instant that was set last. The one door of tinyqueue. */

import TinyQueue from 'tinyqueue';
import type { Instant } from '../core/base.ts';

export interface DueQueue<T> {
  set: (item: T, at: Instant) => void;
  /** The same, unless it is due earlier already. */
  setSooner: (item: T, at: Instant) => void;
  /** Takes out what is due at `now`, at most `max` of it, the earliest first. */
  take: (now: Instant, max: number) => T[];
  /** When the next is due; null where none is. */
  nextAt: () => Instant | null;
}

/** Replaced entries that are borne beside as many as there are items. */
const SPARE_ENTRIES = 64;

interface Entry<T> {
  item: T;
  at: Instant;
  /** What is due at the same instant comes in the order in which it was set. */
  n: number;
}

export function createDueQueue<T>(): DueQueue<T> {
  const current = new Map<T, Entry<T>>();
  const byTime = () => new TinyQueue<Entry<T>>([], (a, b) => a.at - b.at || a.n - b.n);
  let queue = byTime();
  let set = 0;
  const add = (item: T, at: Instant) => {
    const entry = { item, at, n: set++ };
    current.set(item, entry);
    queue.push(entry);
    // Entries that were replaced stay until their time; an item that is set again and again must not fill the memory.
    if (queue.length > 2 * current.size + SPARE_ENTRIES) {
      queue = byTime();
      for (const kept of current.values()) queue.push(kept);
    }
  };
  const dropReplaced = () => {
    for (let top = queue.peek(); top !== undefined && current.get(top.item) !== top; top = queue.peek())
      queue.pop();
  };
  return {
    set: add,
    setSooner: (item, at) => {
      const entry = current.get(item);
      if (entry === undefined || at < entry.at) add(item, at);
    },
    take: (now, max) => {
      const taken: T[] = [];
      for (dropReplaced(); taken.length < max; dropReplaced()) {
        const top = queue.peek();
        if (top === undefined || top.at > now) break;
        queue.pop();
        current.delete(top.item);
        taken.push(top.item);
      }
      return taken;
    },
    nextAt: () => {
      dropReplaced();
      return queue.peek()?.at ?? null;
    },
  };
}
