import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronPerDay, hasWholeMinutes, isAlways } from '../../src/config/cron.ts';
import { cronMatches } from '../../src/system/cron.ts';

describe('cronPerDay', () => {
  it.each([
    ['* * * * * *', 86_400],
    ['*/10 * * * * *', 8_640],
    ['0 */30 * * * *', 48],
    ['0 0,30 8-17 * * *', 20],
    ['0 5/10 * * * *', 144],
    ['0 30 */6 * * *', 4],
    ['0 0 3 * * *', 1],
    ['0 10-50/20 0-23/12 * * *', 6],
  ])('counts %s as %i', (expression, count) => {
    expect(cronPerDay(expression)).toBe(count);
  });

  it('agrees with the cron that will run it', () => {
    const field = (size: number) =>
      fc.oneof(
        fc.constant('*'),
        fc.integer({ min: 1, max: size - 1 }).map((n) => `*/${n}`),
        fc.uniqueArray(fc.nat(size - 1), { minLength: 1, maxLength: 4 }).map((list) => list.join(',')),
        fc.tuple(fc.nat(size - 1), fc.nat(size - 1)).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      );
    fc.assert(
      fc.property(field(60), field(24), (minute, hour) => {
        const expression = `0 ${minute} ${hour} * * *`;
        const matches = cronMatches(expression);
        const start = Date.parse('2026-11-21T00:00:00Z');
        const due = Array.from({ length: 1_440 }, (_, i) => start + i * 60_000).filter(matches);

        expect(cronPerDay(expression)).toBe(due.length);
      }),
      { numRuns: 20 },
    );
  });
});

describe('quiet hours', () => {
  it.each([
    ['* * 0-5 * * *', true, false],
    ['0-59 30 * * * 6,0', true, false],
    ['0 * 0-5 * * *', false, false],
    ['* * * * * *', true, true],
    ['*/1 0-59 */1 * * *', true, true],
    ['* * * * * 1-5', true, false],
  ])('of %s: whole minutes %s, always %s', (expression, whole, always) => {
    expect(hasWholeMinutes(expression)).toBe(whole);
    expect(isAlways(expression)).toBe(always);
  });
});
