import { describe, expect, it } from 'vitest';
import { createDoorbell } from '../../src/app/doorbell.ts';
import { createVirtualTime } from '../sim/clock.ts';

function setUp() {
  const time = createVirtualTime(0);
  const owner = time.owner();
  const stop = new AbortController();
  const bell = createDoorbell(owner.clock);
  const woken: number[] = [];
  const wait = (ms: number) => bell.wait(ms, stop.signal).then(() => woken.push(time.now()));
  return { time, owner, stop, bell, woken, wait };
}

describe('a doorbell', () => {
  it('wakes after its time where nobody rings', async () => {
    const { time, woken, wait } = setUp();
    void wait(5_000);

    await time.advanceTo(60_000);

    expect(woken).toEqual([5_000]);
  });

  it('wakes at once when it is rung', async () => {
    const { time, bell, woken, wait } = setUp();
    void wait(5_000);

    await time.advanceTo(2_000);
    bell.ring();
    await time.advanceTo(60_000);

    expect(woken).toEqual([2_000]);
  });

  it('remembers a ring that came while nobody waited, once', async () => {
    const { time, bell, woken, wait } = setUp();
    bell.ring();
    bell.ring();
    void wait(5_000).then(() => wait(5_000));

    await time.advanceTo(60_000);

    expect(woken).toEqual([0, 5_000]);
  });

  it('does not wait where the time is over or the daemon stops', async () => {
    const { time, stop, woken, wait } = setUp();
    void wait(0);
    void wait(-1);
    stop.abort();
    void wait(5_000);

    await time.advanceTo(1);

    expect(woken).toEqual([0, 0, 0]);
  });

  it('ends a wait when the daemon stops', async () => {
    const { time, stop, woken, wait } = setUp();
    void wait(60_000);

    await time.advanceTo(1_000);
    stop.abort();
    await time.advanceTo(1_001);

    expect(woken).toEqual([1_000]);
  });

  it('leaves no listener and no sleeper behind, however it is woken', async () => {
    const { time, owner, stop, bell, wait } = setUp();
    let listeners = 0;
    const { signal } = stop;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listeners += 1;
      add(...given);
    };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...given);
    };

    for (let n = 0; n < 50; n++) {
      const waiting = wait(1_000);
      if (n % 2 === 0) bell.ring();
      await time.advanceTo(time.now() + 1_000);
      await waiting;
    }

    expect([listeners, owner.listening(), owner.waiting()]).toEqual([0, 0, 0]);
  });
});
