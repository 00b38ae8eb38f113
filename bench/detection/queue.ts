import type { Seconds } from './types.ts';

/** Things that will happen, soonest first; of those at one instant the one that was put in first. */
export interface Queue<T> {
  push(at: Seconds, event: T): void;
  pop(): { readonly at: Seconds; readonly event: T } | undefined;
}

interface Entry<T> {
  readonly at: Seconds;
  readonly order: number;
  readonly event: T;
}

/** A binary heap: the children of entry i are 2i + 1 and 2i + 2. */
export function makeQueue<T>(): Queue<T> {
  const heap: Entry<T>[] = [];
  let pushed = 0;
  return {
    push(at, event) {
      const entry = { at, order: pushed++, event };
      heap.push(entry);
      siftUp(heap, entry);
    },
    pop() {
      const top = heap[0];
      const last = heap.pop();
      if (last !== undefined && heap.length > 0) siftDown(heap, last);
      return top;
    },
  };
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function siftUp<T>(heap: Entry<T>[], entry: Entry<T>): void {
  let hole = heap.length - 1;
  while (hole > 0) {
    const parent = (hole - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || isBefore(above, entry)) break;
    heap[hole] = above;
    hole = parent;
  }
  heap[hole] = entry;
}

function siftDown<T>(heap: Entry<T>[], entry: Entry<T>): void {
  let hole = 0;
  for (;;) {
    let child = 2 * hole + 1;
    const right = heap[child + 1];
    let below = heap[child];
    if (below === undefined) break;
    if (right !== undefined && isBefore(right, below)) {
      child++;
      below = right;
    }
    if (isBefore(entry, below)) break;
    heap[hole] = below;
    hole = child;
  }
  heap[hole] = entry;
}
