/** Gives memory back: an idle daemon makes so little garbage that the engine would keep it for hours. */

import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MINUTE } from '../core/base.ts';
import type { Clock } from '../ports/clock.ts';

const LOOK_EVERY_MS = MINUTE;
/** Worth a collection, which takes a tenth of a second of processor time. */
const GARBAGE_BYTES = 1024 * 1024;

export interface Heap {
  usedBytes: () => number;
  /** Frees all that can be freed, and the code of functions that have not run of late. */
  collect: () => void;
}

/** Collects garbage whenever a megabyte has been used since the last time, until the signal. */
export async function keepSmall(heap: Heap, clock: Clock, stop: AbortSignal): Promise<void> {
  let afterwards = 0;
  for (;;) {
    await clock.sleep(LOOK_EVERY_MS, stop);
    if (stop.aborted) return;
    if (heap.usedBytes() - afterwards < GARBAGE_BYTES) continue;
    heap.collect();
    afterwards = heap.usedBytes();
  }
}

/** The heap of this process. V8 hands its collector out to contexts that are made while a flag is set. */
export function systemHeap(): Heap {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('globalThis.gc') as ((options: object) => void) | undefined;
  setFlagsFromString('--no-expose-gc');
  return {
    usedBytes: () => getHeapStatistics().used_heap_size,
    collect: () => gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' }),
  };
}
