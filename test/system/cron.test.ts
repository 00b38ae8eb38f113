import { getTasks } from 'node-cron';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCron, cronMatches, isCronExpression } from '../../src/system/cron.ts';

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
    expect(createCron().matches(expression)(Date.parse(at))).toBe(expected);
  });

  it('names whole seconds', () => {
    const isNamed = createCron().matches('*/20 * * * * *');

    expect(
      ['00:00:39.999Z', '00:00:40.000Z', '00:00:40.999Z', '00:00:41.000Z'].map(instantOf).map(isNamed),
    ).toEqual([false, true, true, false]);
  });

  it('is quoted when it is none', () => {
    expect(() => cronMatches('sometimes')).toThrow(
      'expected a cron expression of six fields, got "sometimes"',
    );
    expect(() => createCron().every('* * *', () => {})).toThrow('got "* * *"');
    expect(() => createCron().matches('* * *')).toThrow('got "* * *"');
  });
});

describe('recurring work', () => {
  it('is called with each instant that was due, until stopped', async () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 10, 21, 12, 0, 0, 500) });
    const called: string[] = [];
    const { stop } = createCron().every('*/10 * * * * *', (at) => called.push(new Date(at).toISOString()));

    await vi.advanceTimersByTimeAsync(30_000);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);

    expect(called).toEqual([
      '2026-11-21T12:00:10.000Z',
      '2026-11-21T12:00:20.000Z',
      '2026-11-21T12:00:30.000Z',
    ]);
  });

  it('lets go of whatever is stopped or only asked', () => {
    const before = getTasks().size;
    for (let i = 0; i < 10; i++) {
      createCron()
        .every('* * * * * *', () => {})
        .stop();
      cronMatches('* * * * * *');
    }

    expect(getTasks().size).toBe(before);
  });
});
