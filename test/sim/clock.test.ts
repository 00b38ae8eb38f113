import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { createVirtualTime } from './clock.ts';

const START = Date.parse('2026-12-01T00:00:00Z');
const never = new AbortController().signal;

describe('virtual time', () => {
  it('wakes sleepers in the order of their instants, and those of one instant in the order they came', async () => {
    const time = createVirtualTime(START);
    const { clock } = time.owner();
    const woken: [string, number][] = [];
    for (const [name, ms] of [
      ['late', 3_000],
      ['first', 1_000],
      ['second', 1_000],
      ['at once', 0],
    ] as const)
      void clock.sleep(ms, never).then(() => woken.push([name, clock.now() - START]));

    await time.advanceTo(START + 2_000);

    expect(woken).toEqual([
      ['at once', 0],
      ['first', 1_000],
      ['second', 1_000],
    ]);
    expect(clock.now()).toBe(START + 2_000);
  });

  it('lets everything run that a sleeper set going before it jumps on', async () => {
    const time = createVirtualTime(START);
    const { clock } = time.owner();
    let seenAt = 0;
    void clock.sleep(1_000, never).then(async () => {
      for (let n = 0; n < 1_000; n++) await Promise.resolve();
      seenAt = clock.now();
    });
    void clock.sleep(1_001, never);

    await time.advanceTo(START + DAY);

    expect(seenAt).toBe(START + 1_000);
  });

  it('wakes at once when the signal aborts, and leaves no listener behind', async () => {
    const time = createVirtualTime(START);
    const owner = time.owner();
    const stop = new AbortController();
    const early = owner.clock.sleep(HOUR, stop.signal);
    const onTime = owner.clock.sleep(SECOND, stop.signal);
    expect(owner.listening()).toBe(2);

    await time.advanceTo(START + MINUTE);
    await onTime;
    stop.abort();
    await early;
    await owner.clock.sleep(HOUR, stop.signal);

    expect([owner.listening(), owner.waiting(), owner.clock.now()]).toEqual([0, 0, START + MINUTE]);
  });

  it('never wakes the sleepers of an owner that has ended, and leaves those of others alone', async () => {
    const time = createVirtualTime(START);
    const [dead, alive] = [time.owner(), time.owner()];
    const stop = new AbortController();
    const woken: string[] = [];
    void dead.clock.sleep(SECOND, never).then(() => woken.push('dead'));
    void dead.clock.sleep(SECOND, stop.signal).then(() => woken.push('dead, by its signal'));
    dead.cron.every('* * * * * *', () => woken.push('dead cron'));
    void alive.clock.sleep(SECOND, never).then(() => woken.push('alive'));

    dead.end();
    stop.abort();
    void dead.clock.sleep(0, never).then(() => woken.push('dead later'));
    await time.advanceTo(START + MINUTE);

    expect(woken).toEqual(['alive']);
  });
});

describe('virtual cron', () => {
  it('calls back at each instant, until it is stopped', async () => {
    const time = createVirtualTime(START);
    const { cron } = time.owner();
    const seen: number[] = [];
    const task = cron.every('30 * * * * *', (at) => seen.push(at - START));

    await time.advanceTo(START + 2 * MINUTE);
    task.stop();
    await time.advanceTo(START + HOUR);

    expect(seen).toEqual([30_000, 90_000]);
  });
});

describe('a machine', () => {
  it('that is paused wakes its sleepers when it goes on; its time has passed', async () => {
    const time = createVirtualTime(START);
    const machine = time.machine();
    const { clock } = time.owner(machine);
    const woken: number[] = [];
    for (const ms of [1_000, 90_000, 400_000])
      void clock.sleep(ms, never).then(() => woken.push(clock.monotonicMs()));
    await time.advanceTo(START + 500);
    machine.pause(5 * MINUTE);

    await time.advanceTo(START + HOUR);

    expect(woken).toEqual([300_500, 300_500, 400_000]);
    expect([clock.now() - START, clock.monotonicMs()]).toEqual([HOUR, HOUR]);
  });

  it('that is suspended goes on where it was: only its clock knows how long', async () => {
    const time = createVirtualTime(START);
    const machine = time.machine();
    const { clock } = time.owner(machine);
    const woken: number[] = [];
    for (const ms of [1_000, 90_000]) void clock.sleep(ms, never).then(() => woken.push(clock.now() - START));
    await time.advanceTo(START + 500);
    machine.suspend(5 * MINUTE);

    await time.advanceTo(START + HOUR);

    expect(woken).toEqual([301_000, 390_000]);
    expect([clock.now() - START, clock.monotonicMs()]).toEqual([HOUR, 55 * MINUTE]);
  });

  it('whose clock is set keeps its sleepers', async () => {
    const time = createVirtualTime(START);
    const machine = time.machine();
    const { clock } = time.owner(machine);
    const woken: number[] = [];
    void clock.sleep(MINUTE, never).then(() => woken.push(clock.now() - START));
    machine.step(-HOUR);

    await time.advanceTo(START + HOUR);

    expect(woken).toEqual([MINUTE - HOUR]);
    expect([clock.now() - START, clock.monotonicMs()]).toEqual([0, HOUR]);
  });
});
