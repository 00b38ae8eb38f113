import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../src/core/base.ts';
import { keepSmall, systemHeap } from '../../src/system/memory.ts';

const MB = 1024 * 1024;

describe('an idle daemon', () => {
  /** Looks once for each figure, and says at which looks it collected. */
  async function looks(usedMb: readonly number[], afterMb = 20): Promise<number[]> {
    const stop = new AbortController();
    const collectedAt: number[] = [];
    let look = -1;
    let used = 0;
    const heap = {
      usedBytes: () => used * MB,
      collect: () => {
        collectedAt.push(look);
        used = afterMb;
      },
    };
    const clock = {
      now: () => 0,
      monotonicMs: () => 0,
      sleep: (ms: number) => {
        expect(ms).toBe(MINUTE);
        look += 1;
        used = usedMb[look] ?? 0;
        if (look === usedMb.length) stop.abort();
        return Promise.resolve();
      },
    };
    await keepSmall(heap, clock, stop.signal);
    return collectedAt;
  }

  it('collects what the start and the first round have left', async () => {
    expect(await looks([35])).toEqual([0]);
  });

  it('collects again only after a megabyte more', async () => {
    expect(await looks([35, 20.4, 20.9, 21.1, 20.9, 22])).toEqual([0, 3, 5]);
  });

  it('stops looking when it is told to', async () => {
    expect(await looks([])).toEqual([]);
  });
});

describe('the heap of this process', () => {
  it('lets go of what nobody holds', async () => {
    const heap = systemHeap();
    const gone = new WeakRef({ much: Array.from({ length: 100_000 }, (_, n) => ({ n })) });
    await turn();

    heap.collect();

    expect(gone.deref()).toBeUndefined();
    expect(heap.usedBytes()).toBeGreaterThan(MB);
  });
});
