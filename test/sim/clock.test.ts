import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { cronMatches } from '../../src/system/cron.ts';
import { createVirtualTime, cronNext } from './clock.ts';

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

  it.each([
    '0 * * * * *',
    '30 */7 * * * *',
    '0 17 * * * *',
    '0 0 0 * * *',
    '5,10-12 0 6 1-15 * 1-5',
    '0 30 2 * 12,1 0',
  ])('agrees with node-cron about %s', (expression) => {
    const next = cronNext(expression);
    const isNamed = cronMatches(expression);

    let at = next(START);
    for (let n = 0; n < 30; n++) {
      expect(isNamed(at), `at ${at}`).toBe(true);
      const following = next(at);
      // Nothing is left out: no second in between is named.
      for (let between = at + SECOND; between < Math.min(following, at + 200 * SECOND); between += SECOND)
        expect(isNamed(between), `at ${between}`).toBe(false);
      at = following;
    }
  });

  it.each(['* * 22-23,0-5 * * 1-5', '* 30-44 12 * * *', '*/20 * * * * 6'])(
    'names the same instants as node-cron for %s',
    (expression) => {
      const { matches } = createVirtualTime(START).owner().cron;
      const [isNamed, isTruth] = [matches(expression), cronMatches(expression)];
      const named = Array.from({ length: 3_000 }, (_, n) => START + n * 197_113).filter((at) => {
        expect(isNamed(at), `at ${at}`).toBe(isTruth(at));
        return isNamed(at);
      });

      expect(named.length).toBeGreaterThan(10);
      expect(named.length).toBeLessThan(2_000);
    },
  );

  it('refuses what is no cron expression of six fields', () => {
    expect(() => cronNext('* * * * *')).toThrow('six cron fields');
    expect(() => createVirtualTime(START).owner().cron.matches('* * *')).toThrow('six cron fields');
    expect(() => cronNext('0 0 0 31 2 *')(START)).toThrow('no instant in sight');
  });
});
