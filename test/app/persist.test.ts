import { describe, expect, it } from 'vitest';
import { createPersist } from '../../src/app/persist.ts';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { StoreError } from '../../src/ports/store.ts';
import type { StoreErrorCode } from '../../src/ports/store.ts';
import { createVirtualTime } from '../sim/clock.ts';

function setUp(failures: StoreErrorCode[]) {
  const time = createVirtualTime(0);
  const { clock } = time.owner();
  const stop = new AbortController();
  const tries: number[] = [];
  const quiet = () => {};
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const stalled: [at: number, isWaiting: boolean][] = [];
  const persist = createPersist({
    clock,
    log,
    signal: stop.signal,
    stalled: (isWaiting) => stalled.push([time.now(), isWaiting]),
  });
  const write = () =>
    persist(() => {
      tries.push(time.now());
      const code = failures.shift();
      return code === undefined ? Promise.resolve('written') : Promise.reject(new StoreError(code, code));
    });
  return { time, stop, tries, write, stalled };
}

describe('what must be written', () => {
  it.each<StoreErrorCode>(['busy', 'full', 'read_only', 'unavailable'])(
    'is tried again where the store is %s',
    async (code) => {
      const { time, tries, write } = setUp([code]);
      const written = write();

      await time.advanceTo(MINUTE);

      expect(await written).toBe('written');
      expect(tries).toEqual([0, SECOND]);
    },
  );

  it('is said to wait while it waits for the store, and no longer', async () => {
    const { time, write, stalled } = setUp(['full', 'busy']);
    const written = write();

    await time.advanceTo(MINUTE);
    await written;
    await write();

    expect(stalled).toEqual([
      [0, true],
      [SECOND, false],
      [SECOND, true],
      [3 * SECOND, false],
    ]);
  });

  it('is said to wait no longer when the daemon stops', async () => {
    const { time, stop, write, stalled } = setUp(['full', 'full', 'full']);
    const written = write().catch((error: unknown) => error);
    await time.advanceTo(SECOND / 2);

    stop.abort();
    await written;

    expect(stalled.at(-1)).toEqual([SECOND / 2, false]);
  });

  it('is tried for hours, at most every half minute', async () => {
    const { time, tries, write } = setUp(Array<StoreErrorCode>(300).fill('full'));
    const written = write();

    await time.advanceTo(3 * HOUR);

    expect(await written).toBe('written');
    expect(tries.slice(0, 7).map((at) => at / SECOND)).toEqual([0, 1, 3, 7, 15, 31, 61]);
    expect(tries).toHaveLength(301);
  });

  it.each<StoreErrorCode>(['corrupt', 'newer', 'older', 'bad_row', 'failed'])(
    'is not tried again where the store is %s',
    async (code) => {
      const { tries, write } = setUp([code]);

      await expect(write()).rejects.toMatchObject({ code });
      expect(tries).toEqual([0]);
    },
  );

  it('is given up when the daemon stops, at once', async () => {
    const { time, stop, tries, write } = setUp(Array<StoreErrorCode>(9).fill('unavailable'));
    const written = write().catch((error: unknown) => error);
    await time.advanceTo(5 * SECOND);

    stop.abort();

    expect(await written).toMatchObject({ code: 'unavailable' });
    expect(tries.map((at) => at / SECOND)).toEqual([0, 1, 3, 5]);
  });

  it('does not hide a fault of our own', async () => {
    const { time } = setUp([]);
    const quiet = () => {};
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const { clock } = time.owner();
    const persist = createPersist({ clock, log, signal: new AbortController().signal, stalled: () => {} });

    await expect(persist(() => Promise.reject(new TypeError('ours')))).rejects.toThrow('ours');
  });
});
