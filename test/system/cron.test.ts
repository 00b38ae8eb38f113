import { getTasks } from 'node-cron';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { systemClock } from '../../src/system/clock.ts';
import { createCron, cronMatches, cronNext, isCronExpression } from '../../src/system/cron.ts';

afterEach(() => {
  vi.useRealTimers();
});

function instantOf(time: string): number {
  return Date.parse(`2026-11-21T${time}`);
}

describe('an expression', () => {
  it.each([
    ['* * * * * *', true],
    ['0 */20 * * * *', true],
    ['0 0 9 * * 1-5', true],
    ['* * * * *', false],
    ['61 * * * * *', false],
    ['0 0 25 * * *', false],
    ['every minute', false],
    ['', false],
    [`${'0,'.repeat(200)}0 * * * * *`, false],
  ])('%j has six good fields: %j', (text, expected) => {
    expect(isCronExpression(text)).toBe(expected);
  });

  it.each<[string, string, boolean]>([
    ['*/20 * * * * *', '2026-11-21T00:00:40Z', true],
    ['*/20 * * * * *', '2026-11-21T00:00:41Z', false],
    ['0 30 9 * * *', '2026-11-21T09:30:00Z', true],
    ['0 30 9 * * *', '2026-11-21T10:30:00Z', false],
    ['0 0 0 29 2 *', '2028-02-29T00:00:00Z', true],
    ['0 0 12 * * 6', '2026-11-21T12:00:00Z', true],
    ['0 0 12 * * 1', '2026-11-21T12:00:00Z', false],
    ['0 30 2 * * *', '2026-03-29T02:30:00Z', true],
  ])('%s names %s in UTC: %j', (expression, at, expected) => {
    expect(cronMatches(expression)(Date.parse(at))).toBe(expected);
    expect(createCron(systemClock).matches(expression)(Date.parse(at))).toBe(expected);
  });

  it('names whole seconds', () => {
    const isNamed = createCron(systemClock).matches('*/20 * * * * *');

    expect(
      ['00:00:39.999Z', '00:00:40.000Z', '00:00:40.999Z', '00:00:41.000Z'].map(instantOf).map(isNamed),
    ).toEqual([false, true, true, false]);
  });

  it('is quoted when it is none', () => {
    expect(() => cronMatches('sometimes')).toThrow(
      'expected a cron expression of six fields, got "sometimes"',
    );
    expect(() => createCron(systemClock).every('* * *', () => {})).toThrow('got "* * *"');
    expect(() => createCron(systemClock).matches('* * *')).toThrow('got "* * *"');
  });
});

describe('recurring work', () => {
  it('is called with each instant that was due, until stopped', async () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 10, 21, 12, 0, 0, 500) });
    const called: string[] = [];
    const { stop } = createCron(systemClock).every('*/10 * * * * *', (at) =>
      called.push(new Date(at).toISOString()),
    );

    await vi.advanceTimersByTimeAsync(30_000);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);

    expect(called).toEqual([
      '2026-11-21T12:00:10.000Z',
      '2026-11-21T12:00:20.000Z',
      '2026-11-21T12:00:30.000Z',
    ]);
  });

  it('that was missed while the host slept is made up for once, with the newest instant', async () => {
    vi.useFakeTimers({ now: instantOf('12:00:00.500Z') });
    const called: string[] = [];
    const note = (at: number) => called.push(new Date(at).toISOString());
    const task = createCron(systemClock).every('0 0 9 * * *', note);

    vi.setSystemTime(instantOf('12:00:00Z') + 2 * DAY + 5 * HOUR);
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    task.stop();

    expect(called).toEqual(['2026-11-23T09:00:00.000Z']);
  });

  it('that comes round often is not repeated for each time that was missed', async () => {
    vi.useFakeTimers({ now: instantOf('12:00:00.500Z') });
    const called: number[] = [];
    const task = createCron(systemClock).every('*/15 * * * * *', (at) => called.push(at));

    vi.setSystemTime(instantOf('12:00:00Z') + 2 * DAY);
    await vi.advanceTimersByTimeAsync(16 * SECOND);
    task.stop();

    const resumedAt = instantOf('12:00:00Z') + 2 * DAY;
    expect(called).toEqual([resumedAt, resumedAt + 15 * SECOND]);
  });

  it('follows a clock that is set back', async () => {
    vi.useFakeTimers({ now: instantOf('12:00:00.500Z') });
    const called: number[] = [];
    const task = createCron(systemClock).every('30 * * * * *', (at) => called.push(at));
    await vi.advanceTimersByTimeAsync(MINUTE);

    vi.setSystemTime(instantOf('09:00:00Z'));
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    task.stop();

    expect(called.slice(1)).toEqual([instantOf('09:00:30Z'), instantOf('09:01:30Z')]);
  });

  it('lets go of whatever is stopped or only asked', () => {
    const before = getTasks().size;
    for (let i = 0; i < 10; i++) {
      createCron(systemClock)
        .every('* * * * * *', () => {})
        .stop();
      cronMatches('* * * * * *');
    }

    expect(getTasks().size).toBe(before);
  });
});

describe('the next instant', () => {
  const START = Date.parse('2026-12-01T00:00:00Z');

  it.each([
    '0 * * * * *',
    '30 */7 * * * *',
    '0 17 * * * *',
    '0 0 0 * * *',
    '5,10-12 0 6 1-15 * 1-5',
    '0 30 2 * 12,1 0',
    '59 59 23 31 * *',
    '*/20 30-44 12 * Jan Mon',
  ])('of %s is named by it, and none in between is', (expression) => {
    const next = cronNext(expression);
    const isNamed = cronMatches(expression);

    let at = next(START);
    for (let n = 0; n < 30; n++) {
      expect(isNamed(at), `at ${at}`).toBe(true);
      const following = next(at);
      for (let between = at + SECOND; between < Math.min(following, at + 200 * SECOND); between += SECOND)
        expect(isNamed(between), `at ${between}`).toBe(false);
      at = following;
    }
  });

  it('is the following one also where the given one is named itself', () => {
    expect(cronNext('0 0 0 29 2 *')(Date.parse('2028-02-29T00:00:00Z'))).toBe(
      Date.parse('2032-02-29T00:00:00Z'),
    );
    expect(cronNext('0 0 0 * * *')(START - 1)).toBe(START);
  });
});
